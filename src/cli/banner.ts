import { parseStoreUrl } from "../store/index.ts";
import type { ResumeOptions } from "./run/index.ts";

/** The second line of what a started gateway prints. */
export interface Kept {
  /** The store's URL. Undefined for the embedded one. */
  readonly store: string | undefined;
  readonly stateDir: string;
  /** As the user gave it: "7d", or seconds. */
  readonly ttl: string | undefined;
  readonly resume: false | ResumeOptions;
  /** Whether session state is kept over restarts too. */
  readonly keep?: boolean;
}

/** One line for the banner: what is kept, how long and where. It holds no password. */
export function keptLine({ store, stateDir, ttl = "30d", resume, keep = false }: Kept): string {
  const where = `${timeText(ttl)}, ${storeText(store, stateDir)}`;
  if (keep)
    return `Kept: session state and widgets of each tab, and classes with @persist, ${where}`;
  const classes = `classes with @persist, ${where}`;
  return resume === false
    ? `Kept: ${classes}`
    : `Kept over a reload: session state and widgets, ${timeText(resume.keepFor)}. Kept: ${classes}`;
}

/** Where a store is, without the secrets in its URL. */
function storeText(url: string | undefined, stateDir: string): string {
  const { name, directory } = parseStoreUrl(url ?? `lmdb:${stateDir}`);
  if (directory !== undefined) return `in ${directory} (LMDB)`;
  if (name === "memory" || url === undefined) return "in the memory of this process alone";
  const { host } = URL.canParse(url) ? new URL(url) : { host: "" };
  return `in ${name === "redis" ? "Redis" : "PostgreSQL"}${host === "" ? "" : ` at ${host}`}`;
}

/** "2h" for 7200 and for "2h". */
function timeText(time: number | string): string {
  const seconds = Number(time);
  if (Number.isNaN(seconds)) return String(time);
  for (const [unit, length] of [
    ["d", 86_400],
    ["h", 3600],
    ["m", 60],
  ] as const)
    if (seconds % length === 0) return `${seconds / length}${unit}`;
  return `${seconds}s`;
}
