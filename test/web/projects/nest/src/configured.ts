import { Controller, Get, Module, Post } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { FastifyAdapter } from "@nestjs/platform-fastify";
import { restore, state } from "persist-session";
import { z } from "zod";
import { ConfiguredModule } from "./configured.module.js";

const visits = state("visits", z.object({ count: z.number().default(0) }));

@Controller()
class VisitsController {
  @Get()
  home() {
    return "home";
  }

  @Post()
  async visit() {
    return ++(await restore(visits)).count;
  }
}

@Module({ imports: [ConfiguredModule], controllers: [VisitsController] })
class App {}

const app = await (process.env["PLATFORM"] === "fastify"
  ? NestFactory.create(App, new FastifyAdapter())
  : NestFactory.create(App));
await app.listen(Number(process.env["PORT"]), "127.0.0.1");
