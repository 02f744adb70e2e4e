import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { join, relative } from "node:path";
import { root } from "../project/imports.ts";
import { releaseLock, takeLock } from "../support/lock.ts";
import { MAX_WAIT, until } from "../support/until.ts";

/** Longer than any run of the tests, so nothing is taken away that one still reads. */
const MAX_AGE = 24 * 60 * 60 * 1000;

/** What changes while tests run, or belongs to tools: no part of what is built. */
const IGNORED = /^(__pycache__|\..*)$/;

/** The files below some files and directories of the project, as paths from its root. */
function filesOf(path: string): string[] {
  if (statSync(path).isFile()) return [relative(root, path)];
  return readdirSync(path)
    .filter((name) => !IGNORED.test(name))
    .flatMap((name) => filesOf(join(path, name)));
}

/**
 * A text that is another one as soon as a file of these files and directories has another name or
 * another content, or Node is another one.
 *
 * @param names - from the project's root
 */
export function keyOf(names: readonly string[]): string {
  const hash = createHash("sha256").update(process.version);
  for (const file of names.flatMap((name) => filesOf(join(root, name))).toSorted()) {
    const content = readFileSync(join(root, file));
    hash.update(JSON.stringify([file, content.length])).update(content);
  }
  return hash.digest("hex");
}

/**
 * A directory that several test files need alike, made by the first one that asks. It is shared, so
 * a test that changes something there needs a copy.
 *
 * @param kind - what it holds: the name of a directory below `.cache/`
 * @param key - of everything that it is made from
 * @param make - fills an empty directory
 */
export async function madeOnce(
  kind: string,
  key: string,
  make: (directory: string) => Promise<void>,
): Promise<string> {
  const base = join(root, ".cache", kind);
  const place = join(base, key);
  mkdirSync(base, { recursive: true });
  const lock = `${place}.lock`;
  await until(`${kind} is made`, () => existsSync(place) || takeLock(lock), MAX_WAIT);
  if (existsSync(place)) {
    releaseLock(lock);
    return place;
  }
  const draft = mkdtempSync(`${place}.draft-`);
  try {
    await make(draft);
    if (!existsSync(place)) renameSync(draft, place);
    forgetOld(base, key);
  } finally {
    rmSync(draft, { recursive: true, force: true });
    releaseLock(lock);
  }
  return place;
}

function forgetOld(base: string, key: string): void {
  for (const name of readdirSync(base)) {
    if (name.startsWith(key)) continue;
    const path = join(base, name);
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > MAX_AGE) rmSync(path, { recursive: true, force: true });
  }
}
