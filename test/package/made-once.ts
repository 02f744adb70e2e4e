import { createHash } from "node:crypto";
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import { root } from "../project/imports.ts";
import { isRunning } from "../streamlit/process-tree.ts";
import { until } from "../support/until.ts";

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
  await until(`${kind} is made`, () => existsSync(place) || take(lock));
  if (existsSync(place)) {
    release(lock);
    return place;
  }
  const draft = mkdtempSync(`${place}.draft-`);
  try {
    await make(draft);
    if (!existsSync(place)) renameSync(draft, place);
    forgetOld(base, key);
  } finally {
    rmSync(draft, { recursive: true, force: true });
    release(lock);
  }
  return place;
}

/** Whether this process is now the one that makes it. A process that was killed frees its lock. */
function take(lock: string): boolean {
  // A lock is there with its text or not at all.
  const draft = `${lock}-${process.pid}`;
  writeFileSync(draft, String(process.pid));
  try {
    linkSync(draft, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  const owner = ownerOf(lock);
  if (owner !== undefined && !isRunning(owner)) rmSync(lock, { force: true });
  return false;
}

function release(lock: string): void {
  if (ownerOf(lock) === process.pid) rmSync(lock, { force: true });
}

/** Undefined if there is none. */
function ownerOf(lock: string): number | undefined {
  try {
    return Number(readFileSync(lock, "utf8"));
  } catch {
    return undefined;
  }
}

function forgetOld(base: string, key: string): void {
  for (const name of readdirSync(base)) {
    if (name.startsWith(key)) continue;
    const path = join(base, name);
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > MAX_AGE) rmSync(path, { recursive: true, force: true });
  }
}
