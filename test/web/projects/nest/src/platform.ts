import { NestFactory } from "@nestjs/core";
import { FastifyAdapter } from "@nestjs/platform-fastify";
import { MoreModule } from "./more.module.js";

const app = await (process.env["PLATFORM"] === "fastify"
  ? NestFactory.create(MoreModule, new FastifyAdapter())
  : NestFactory.create(MoreModule));
app.enableShutdownHooks();
await app.listen(Number(process.env["PORT"]), "127.0.0.1");
