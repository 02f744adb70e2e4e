import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { freePort as usualOrFree } from "../../scripts/setup/free-port.js";
import { freePort } from "../support/free-port.ts";

const HOST = "127.0.0.1";

test("npm start takes the usual port of an example while it is free, and else any free one", async () => {
  const usual = await freePort();
  assert.equal(await usualOrFree(usual, HOST), usual);
  const server = createServer().listen(usual, HOST);
  await once(server, "listening");
  const other = await usualOrFree(usual, HOST);
  assert.notEqual(other, usual);
  const second = createServer().listen(other, HOST);
  await once(second, "listening");
  server.close();
  second.close();
});
