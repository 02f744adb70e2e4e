import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";
import { signAssertion } from "../../src/gateway/tickets/assertion.ts";
import { StateService } from "../../src/gateway/service/state-service.ts";
import { KeyRing } from "../../src/identity/key-ring.ts";
import { createSessions } from "../../src/sessions/sessions.ts";
import { openLmdbStore } from "../../src/store/lmdb.ts";
import { memoryStore } from "../../src/store/memory.ts";
import type { Store } from "../../src/store/store.ts";
import { runModule, skipped } from "./modules.ts";

const SECRET = "dZ3vN8sQp1xKf6TrLw0yBm4HcJ7gUa2E";

describe("python: the binding and the real state service", () => {
  const stores: Record<string, (path: string) => Store | Promise<Store>> = {
    memory: () => memoryStore(),
    lmdb: async (path) => await openLmdbStore({ path }),
  };
  for (const [name, open] of Object.entries(stores)) {
    test(`test_service on ${name}`, { skip: skipped() }, async (t) => {
      const directory = mkdtempSync(join(tmpdir(), "binding-"));
      t.after(() => rmSync(directory, { recursive: true, force: true }));
      const store = await open(join(directory, "data"));
      t.after(async () => await store.close());
      const sessions = createSessions({ store, secret: SECRET, sweepInterval: false });
      const service = new StateService({
        sessions,
        address: { path: join(directory, "service.sock") },
      });
      const address = await service.listen();
      t.after(async () => await service.close());
      await runModule(t, "test_service", {
        PERSIST_SESSION_SERVICE: address,
        PERSIST_TEST_ASSERTIONS: JSON.stringify(visitors(40)),
      });
    });
  }
});

/** For each browser what the gateway would say about its tabs. */
function visitors(count: number): string[][] {
  const ring = new KeyRing([SECRET]);
  return Array.from({ length: count }, () => {
    const session = randomUUID();
    return Array.from({ length: 8 }, (_, tab) =>
      signAssertion(ring, { session, tab: `tab${tab}`, purpose: "open", ephemeral: false }),
    );
  });
}
