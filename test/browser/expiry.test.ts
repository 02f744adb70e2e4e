import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { createSessions } from "persist-session";
import { EMPTY } from "./app-page.ts";
import { useStage } from "./stage.ts";
import { until } from "../support/until.ts";

const stage = useStage("--ttl", "2s");

test("promise 9 (Bounds): the state is fresh when the session has expired, in the browser and in the store", async () => {
  const visitor = await stage.newVisitor();
  // On a busy machine the browser may have dropped the cookie by the time that it is asked for it.
  const given: string[] = [];
  visitor.context.on("response", (response) => {
    void response.headerValue("set-cookie").then(
      (header) => given.push(...(header === null ? [] : [header])),
      () => undefined,
    );
  });
  const app = await visitor.openTab();
  await app.count(1);
  await app.addNote("for two seconds");
  await until("a cookie was given", () => given.length > 0);
  const [, name = "", value = ""] = /^([^=]+)=([^;]+);/.exec(given[0] ?? "") ?? [];
  assert.notEqual(name, "");
  await until(
    "the browser has dropped the cookie",
    async () => (await visitor.context.cookies()).length === 0,
  );
  const sessions = createSessions({ stateDir: join(stage.server.directory, "state") });
  await until("the store holds no session", async () => {
    for await (const session of sessions.list()) return session === undefined;
    return true;
  });
  await sessions.close();
  await app.reload();
  assert.deepEqual(await app.shown(), EMPTY);

  const late = await stage.newVisitor();
  await late.context.addCookies([{ name, value, url: stage.server.origin }]);
  assert.deepEqual(await (await late.openTab()).shown(), EMPTY);
});
