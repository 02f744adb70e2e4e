import { mkdtempSync, realpathSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/**
 * A directory for a server of a test, which also has to work in it. Redis and nginx write their
 * title over their environment; what `npm test` ends if a test has left it behind is then found by
 * the run's name in its working directory.
 */
export function serverDirectory(kind: string): string {
  const run = process.env["PERSIST_TEST_RUN"] ?? "";
  return mkdtempSync(join(sharedTmpdir(), `persist-session-${kind}-${run}`));
}

/**
 * The place for temporary files; for root, one that other users may enter too: what does not run as
 * root, such as PostgreSQL, gets its own directory in there.
 */
export function sharedTmpdir(
  places: readonly string[] = [tmpdir(), "/tmp", "/var/tmp"],
  isRoot = process.getuid?.() === 0,
): string {
  const [first = "/tmp"] = places;
  return isRoot ? (places.find(othersMayEnter) ?? first) : first;
}

function othersMayEnter(place: string): boolean {
  try {
    for (let path = realpathSync(place); ; path = dirname(path)) {
      if ((statSync(path).mode & 0o001) === 0) return false;
      if (path === dirname(path)) return true;
    }
  } catch {
    return false;
  }
}
