import { NestFactory } from "@nestjs/core";
import { state } from "persist-session";
import { Sessions } from "persist-session/nest";
import { z } from "zod";
import { MoreModule } from "./more.module.js";

const closing = state("closing", z.object({ count: z.number().default(0) }));

const app = await NestFactory.create(MoreModule, { logger: false });
await app.init();
const sessions = app.get(Sessions);
const change = async () => {
  const scope = sessions.fromCookie(undefined);
  await scope.run(async () => void (await scope.session.restore(closing)).count++);
};
await change();
await app.close();
await change().then(
  () => console.log("still open"),
  (error: unknown) => console.log((error as { code?: string }).code),
);
