import { Readable } from "node:stream";
import {
  type CanActivate,
  Controller,
  Get,
  Injectable,
  Module,
  Post,
  Req,
  Res,
  StreamableFile,
  UseGuards,
} from "@nestjs/common";
import { restore, state } from "persist-session";
import { expose, liveEvents } from "persist-session/live";
import { Sessions } from "persist-session/nest";
import { z } from "zod";
import { AppModule, cart } from "./app.module.js";

const log = state("log", z.object({ lines: z.array(z.string()).default([]) }));
const live = liveEvents([expose(cart, ["items"])]);

@Injectable()
class Guard implements CanActivate {
  async canActivate(): Promise<boolean> {
    (await restore(log)).lines.push("guard");
    return true;
  }
}

@Controller()
class MoreController {
  constructor(private readonly sessions: Sessions) {}

  @Get("injected")
  injected() {
    return this.sessions.cookieName(false);
  }

  @Get("log")
  async lines() {
    return (await restore(log)).lines;
  }

  @Get("live")
  async live(@Req() request: object, @Res() response: object) {
    await live(request, response);
  }

  @Post("guarded")
  @UseGuards(Guard)
  guarded() {}

  @Post("bad")
  async bad() {
    (await restore(log)).lines.push(7 as unknown as string);
    return "not shown";
  }

  @Post("stream")
  async stream() {
    const { lines } = await restore(log);
    lines.push("one");
    return new StreamableFile(
      Readable.from(
        (async function* () {
          yield Buffer.from("one\n");
          lines.push("two");
          yield Buffer.from("two\n");
          lines.push("three");
        })(),
      ),
    );
  }
}

@Module({ imports: [AppModule], controllers: [MoreController] })
export class MoreModule {}
