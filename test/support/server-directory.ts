import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A directory for a server of a test, which also has to work in it. Redis and nginx write their
 * title over their environment; what `npm test` ends if a test has left it behind is then found by
 * the run's name in its working directory.
 */
export function serverDirectory(kind: string): string {
  const run = process.env["PERSIST_TEST_RUN"] ?? "";
  return mkdtempSync(join(tmpdir(), `persist-session-${kind}-${run}`));
}
