import { randomInt, randomUUID } from "node:crypto";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { test, type TestContext } from "node:test";
import { signAssertion } from "../../src/gateway/tickets/assertion.ts";
import { StateService } from "../../src/gateway/service/state-service.ts";
import { runModule, skipped } from "../python/modules.ts";
import { directory, start, STORES } from "./service-fixture.ts";

/**
 * Stands between a client and the service, and cuts each connection after some bytes, wherever that
 * is in a frame.
 */
async function cutter(
  t: TestContext,
  path: string,
  target: () => string,
): Promise<{ cuts: number }> {
  const told = { cuts: 0 };
  const sockets = new Set<Socket>();
  const server: Server = createServer((near) => {
    const far = connect(target());
    let left = randomInt(300, 12_000);
    const cut = (): void => {
      near.destroy();
      far.destroy();
    };
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("error", cut).on("close", cut);
      from.on("data", (chunk: Buffer) => {
        to.write(chunk.subarray(0, left));
        left -= chunk.length;
        if (left > 0) return;
        told.cuts++;
        // What was let through arrives; then it is over.
        to.end(cut);
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return told;
}

for (const [name, open] of Object.entries(STORES)) {
  test(
    `no change is lost or done twice when connections break anywhere and the service is restarted, on ${name}`,
    {
      skip: skipped(),
      timeout: 120_000,
    },
    async (t) => {
      const first = await start(t, await open(t));
      const { ring } = first.sessions;
      let service = first.service;
      let address = first.address;
      const path = join(directory(t), "cut.sock");
      const told = await cutter(t, path, () => address.slice("unix:".length));
      const ended = new AbortController();
      const restarts = (async () => {
        for (let seen = 0; !ended.signal.aborted;) {
          await delay(5);
          if (told.cuts < seen + 12) continue;
          seen = told.cuts;
          await service.close();
          service = new StateService({
            sessions: first.sessions,
            address: { path: join(directory(t), "service.sock") },
          });
          address = await service.listen();
        }
      })();
      const session = randomUUID();
      const assertions = Array.from({ length: 8 }, (_, tab) =>
        signAssertion(ring, { session, tab: `tab${tab}`, purpose: "open", ephemeral: false }),
      );
      try {
        await runModule(t, "test_broken_connections", {
          PERSIST_SESSION_SERVICE: `unix:${path}`,
          PERSIST_TEST_DIRECT: first.address,
          PERSIST_TEST_ASSERTIONS: JSON.stringify([assertions]),
        });
      } finally {
        ended.abort();
        await restarts;
        await service.close();
      }
      t.diagnostic(`${told.cuts} connections were cut`);
    },
  );
}
