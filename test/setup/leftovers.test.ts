import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { endLeftovers } from "../../scripts/setup/leftovers.js";
import { useWorkDirectories } from "../cli/work-directory.ts";
import { startRedis } from "../store/fixtures/redis-server.ts";
import { until } from "../support/until.ts";

const directory = useWorkDirectories();
const skip = process.platform !== "linux" && "only Linux is looked through";
const children: ChildProcess[] = [];
after(() => {
  for (const child of children) child.kill("SIGKILL");
});

/** A program that goes on until it is killed. */
async function start(cwd: string, env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1e6)"], {
    cwd,
    env,
    stdio: "ignore",
  });
  children.push(child);
  await once(child, "spawn");
  return child;
}

test(
  "endLeftovers() ends what has the run in its environment or in its working directory, and nothing else",
  { skip },
  async (t) => {
    const said = t.mock.method(console, "error", () => undefined);
    const [run, other] = [randomUUID(), randomUUID()];
    const at = (name: string) => {
      const path = join(directory(), name);
      mkdirSync(path);
      return path;
    };
    const left = [
      await start(at("plain"), { PERSIST_TEST_RUN: run }),
      await start(at(`server-${run}abc`), {}),
    ];
    const others = [
      await start(at("other"), { PERSIST_TEST_RUN: other }),
      await start(at(`server-${other}abc`), {}),
    ];
    const ended = Promise.all(left.map(async (child) => (await once(child, "exit"))[1]));
    endLeftovers(run);
    assert.deepEqual(await ended, ["SIGKILL", "SIGKILL"]);
    assert.equal(said.mock.callCount(), 2);
    assert.match(String(said.mock.calls[0]?.arguments[0]), /^Left behind and killed: .*node/);
    for (const child of others) assert.equal(child.signalCode, null);
  },
);

test(
  "endLeftovers() ends a Redis, which writes its title over its environment",
  { skip },
  async (t) => {
    t.mock.method(console, "error", () => undefined);
    const before = process.env["PERSIST_TEST_RUN"];
    const run = randomUUID();
    process.env["PERSIST_TEST_RUN"] = run;
    t.after(() => {
      if (before === undefined) delete process.env["PERSIST_TEST_RUN"];
      else process.env["PERSIST_TEST_RUN"] = before;
    });
    const redis = await startRedis();
    try {
      endLeftovers(run);
      const gone = async () =>
        await redis.ask("PING").then(
          () => false,
          () => true,
        );
      await until("Redis is gone", gone);
    } finally {
      await redis.remove();
    }
  },
);
