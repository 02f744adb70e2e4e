import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after } from "node:test";

/**
 * A directory of its own for each test that asks, with these files; all are removed in the end. Its
 * path is the one that a program which works there sees, also if that for temporary files is a
 * link; and short, since sockets lie in there.
 */
export function useWorkDirectories(): (files?: Record<string, string>) => string {
  const made: string[] = [];
  after(() => {
    for (const directory of made) rmSync(directory, { recursive: true, force: true });
  });
  return (files = {}) => {
    const directory = realpathSync(mkdtempSync(join(tmpdir(), "persist-cli-")));
    made.push(directory);
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, name)), { recursive: true });
      writeFileSync(join(directory, name), content);
    }
    return directory;
  };
}
