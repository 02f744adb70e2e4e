// Calls of Nest outside HTTP, in an app whose filters hold for all of them: what their callers hear
// of an error of ours.
import { Controller, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { ExternalContextCreator } from "@nestjs/core/helpers/external-context-creator.js";
import {
  ClientProxyFactory,
  EventPattern,
  MessagePattern,
  type MicroserviceOptions,
  Transport,
} from "@nestjs/microservices";
import { restore, state } from "persist-session";
import { PersistSessionModule, Sessions } from "persist-session/nest";
import { firstValueFrom, from, mergeMap, timeout } from "rxjs";
import { z } from "zod";

const visits = state("visits", z.object({ count: z.number().default(0) }));

/** As code outside a request does: there is no session. */
async function fail() {
  return (await restore(visits)).count;
}

let heard: (() => void) | undefined;

@Controller()
class MessagesController {
  @MessagePattern("ask")
  async ask() {
    return await fail();
  }

  @MessagePattern("stream")
  stream() {
    return from([1]).pipe(mergeMap(async () => await fail()));
  }

  @EventPattern("tell")
  async tell(_data: unknown) {
    heard?.();
    return await fail();
  }

  @MessagePattern("works")
  works() {
    return "works";
  }
}

@Module({
  imports: [
    PersistSessionModule.forRoot({
      store: "memory:",
      secret: "p3VtQ0x8bYw1nKzR6sJfG2hLdM7cEaUi",
      log: () => {},
    }),
  ],
  controllers: [MessagesController],
})
class MessagesModule {}

const app = await NestFactory.create(MessagesModule, { logger: false });
const reported: unknown[] = [];
app.get(Sessions).on("error", ({ error }) => void reported.push((error as { code?: string }).code));
const service = app.connectMicroservice<MicroserviceOptions>(
  { transport: Transport.TCP, options: { host: "127.0.0.1", port: 0 } },
  { inheritAppConfig: true },
);
await app.startAllMicroservices();
const { port } = service.unwrap<{ address(): { port: number } }>().address();
const client = ClientProxyFactory.create({
  transport: Transport.TCP,
  options: { host: "127.0.0.1", port },
});
const ask = async (pattern: string): Promise<unknown> =>
  await firstValueFrom(client.send<unknown>(pattern, {}).pipe(timeout(20_000))).catch(
    (error: unknown) => error,
  );

const asked = await ask("ask");
const streamed = await ask("stream");
const told = new Promise<void>((resolve) => (heard = resolve));
await firstValueFrom(client.emit("tell", {}), { defaultValue: undefined });
await told;
const works = await ask("works");

// As @nestjs/graphql makes its resolvers.
const controller = app.get(MessagesController);
const resolver = app
  .get(ExternalContextCreator)
  .create(
    controller,
    controller.ask,
    "ask",
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    "graphql",
  );
const resolved: unknown = await (resolver({}, {}, {}, {}) as Promise<unknown>).catch(
  (error: unknown) => (error as { code?: string }).code ?? String(error),
);

console.log(JSON.stringify({ asked, streamed, works, resolved, reported }));
client.close();
await app.close();
