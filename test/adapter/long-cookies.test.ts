import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { withSession } from "../../src/adapter/hono.ts";
import { createSessions, isPersistError, restore } from "../../src/index.ts";
import { newSessionId } from "../../src/identity/token.ts";
import { root } from "../project/imports.ts";
import { AppState } from "./app-state.ts";
import { SECRET } from "./fixture.ts";
import { typescript } from "../support/typescript.ts";

interface Line {
  readonly name: string;
  readonly size: number;
  readonly place: string;
  readonly same: boolean;
  readonly set?: string;
}

test("each adapter finds the session's cookie among others of any length, wherever it stands", async () => {
  const child = fileURLToPath(new URL("./long-cookies-child.ts", import.meta.url));
  const args = ["--max-http-header-size=131072", ...typescript, child];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
  assert.equal(lines.length, 6 * 6 * 6);
  for (const line of lines) {
    const { same, set } = line;
    assert.ok(same && set === undefined, JSON.stringify(line));
  }
});

test("promise 6 (Isolation): a visitor whose cookies were too many to be read is given no new one", async () => {
  const sessions = createSessions({ store: "memory:", secret: SECRET, sweepInterval: false });
  const failures: unknown[] = [];
  const handler = withSession(async () => {
    try {
      return new Response(String((await restore(AppState)).count++));
    } catch (error) {
      failures.push(error);
      return new Response("failed", { status: 500 });
    }
  }, sessions);
  const { token } = await sessions.open();
  const planted = Array.from(
    { length: 300 },
    () => `persist-session=${newSessionId()}.${token.slice(37)}`,
  );
  const cookie = [...planted, `persist-session=${token}`].join("; ");
  const answer = await handler(new Request("http://localhost/", { headers: { cookie } }));
  assert.equal(answer.status, 500);
  assert.deepEqual(answer.headers.getSetCookie(), []);
  assert.ok(isPersistError(failures[0], "ERR_COOKIE_UNREADABLE"));
  assert.ok(!failures[0].message.includes(token));
  await sessions.close();
});
