import { once } from "node:events";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { releaseLock, takeLock } from "./lock.ts";
import { MAX_WAIT, until } from "./until.ts";

/**
 * Has a well-known port taken until the test ends: by a server of the test, or by the program that
 * has it already. Tests of several files take turns, since the server of one is gone when that one
 * ends, and the other then counts on it in vain.
 *
 * @param host - the address to listen at
 */
export async function holdPort(t: TestContext, port: number, host: string): Promise<void> {
  const lock = join(tmpdir(), `persist-session-port-${port}-${process.getuid?.() ?? 0}`);
  await until(`no other test holds port ${port}`, () => takeLock(lock), MAX_WAIT);
  const server = createServer((socket) => socket.destroy());
  t.after(() => {
    server.close();
    releaseLock(lock);
  });
  server.listen(port, host);
  // It fails if another program has the port, which is as good.
  await once(server, "listening").catch(() => []);
}
