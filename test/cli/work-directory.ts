import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after } from "node:test";

/** A directory of its own for each test that asks, with these files; all are removed in the end. */
export function useWorkDirectories(): (files?: Record<string, string>) => string {
  const made: string[] = [];
  after(() => {
    for (const directory of made) rmSync(directory, { recursive: true, force: true });
  });
  return (files = {}) => {
    const directory = mkdtempSync(join(tmpdir(), "persist-session-cli-"));
    made.push(directory);
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, name)), { recursive: true });
      writeFileSync(join(directory, name), content);
    }
    return directory;
  };
}
