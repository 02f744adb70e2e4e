import { test } from "node:test";
import { behaviours } from "./behaviours.ts";
import type { Driver } from "./driver.ts";
import { expressDriver } from "./drivers/express.ts";
import { fastifyDriver } from "./drivers/fastify.ts";
import { fetchHandler } from "./drivers/fetch-handler.ts";
import { honoDriver } from "./drivers/hono.ts";
import { koaDriver } from "./drivers/koa.ts";
import { nodeHttp } from "./drivers/node-http.ts";

const drivers: Driver[] = [
  nodeHttp,
  expressDriver,
  koaDriver,
  fastifyDriver,
  honoDriver,
  fetchHandler,
];

for (const driver of drivers) {
  for (const { name, on, run } of behaviours) {
    if (on?.(driver) ?? true) test(`${driver.name}: ${name}`, async () => await run(driver));
  }
}
