import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { signAssertion } from "../../src/gateway/tickets/assertion.ts";
import { StateService } from "../../src/gateway/service/state-service.ts";
import { createSessions } from "../../src/sessions/sessions.ts";
import { persist } from "../../src/state/persist.ts";
import { runModule, skipped } from "../python/modules.ts";
import { startScript } from "../store/fixtures/script.ts";
import { engines, secret } from "./engines.ts";

const TIMES = 60;
const NODES = 3;
/** Of the Python process: threads that write at once. */
const PYTHONS = 2;

class Beside {
  [own: string]: number;
  count = 0;
  twin = 0;
}
persist("beside", Beside);

for (const [engine, start] of Object.entries(engines)) {
  test(
    `promise 4 (Merging): every increment counts when three Node processes and a Python process write at once on one ${engine}`,
    { skip: skipped(), timeout: 180_000 },
    async (t) => {
      const server = await start();
      t.after(async () => await server.remove());
      const directory = mkdtempSync(join(tmpdir(), "persist-session-languages-"));
      t.after(() => rmSync(directory, { recursive: true, force: true }));
      const sessions = createSessions({ store: server.url, secret, sweepInterval: false });
      await sessions.ready;
      const path = join(directory, "service.sock");
      const service = new StateService({ sessions, address: { path } });
      const address = await service.listen();
      t.after(async () => await service.close());

      const session = await sessions.open();
      await session.run(async () => {
        (await session.restore(Beside))["test"] = 1;
      });
      const assertions = [0, 1].map((tab) =>
        signAssertion(sessions.ring, {
          session: session.id,
          tab: `tab${tab}`,
          purpose: "open",
          ephemeral: false,
        }),
      );
      const scripts = Array.from({ length: NODES }, (_, at) =>
        startScript(
          "../../replicas/beside.ts",
          [server.url, session.token, String(TIMES), `node${at}`],
          { env: { PERSIST_SESSION_SECRET: secret } },
        ),
      );
      const nodes = scripts.map(async (script) => (await once(script.process, "close"))[0]);
      await runModule(t, "test_beside_node", {
        PERSIST_SESSION_SERVICE: address,
        PERSIST_TEST_ASSERTIONS: JSON.stringify([assertions]),
        PERSIST_TEST_TIMES: String(TIMES),
      });
      assert.deepEqual(await Promise.all(nodes), [0, 0, 0]);

      const late = await sessions.open(session.token);
      const all = (NODES + PYTHONS) * TIMES;
      await late.run(async () => {
        assert.deepEqual(
          { ...(await late.peek(Beside)) },
          {
            count: all,
            twin: all,
            test: 1,
            ...Object.fromEntries([0, 1, 2].map((at) => [`node${at}`, TIMES])),
            ...Object.fromEntries([0, 1].map((at) => [`python${at}`, TIMES])),
          },
        );
      });
      await sessions.close();
    },
  );
}
