import type { Store } from "../../store/index.ts";
import { Progress } from "./progress.ts";

/** Failures that are named one by one. */
const NAMED = 10;

/** How far a command has come with the sessions of a store. */
interface Done {
  readonly owners: number;
  readonly bytes?: number;
}

/** Runs a task over all sessions of a store, and shows its progress on standard error. */
export async function withProgress<R extends Done>(
  store: Store,
  work: (told: (done: Done) => void) => Promise<R>,
): Promise<R> {
  let total = 0;
  for await (const _session of store.sessions()) total++;
  const progress = new Progress(process.stderr, total);
  const report = await work(({ owners, bytes = 0 }) => progress.update(owners, bytes));
  progress.end(report.owners, report.bytes ?? 0);
  return report;
}

/** Prints a command's result: as one JSON object if that was asked for, else as lines of text. */
export function printResult(
  json: boolean | undefined,
  result: object,
  lines: () => readonly string[],
): void {
  process.stdout.write(`${json === true ? JSON.stringify(result) : lines().join("\n")}\n`);
}

/** The first failures, a line each, and how many more there are. */
export function failureLines<F extends { readonly reason: string }>(
  failed: readonly F[],
  nameOf: (failure: F) => string,
): string[] {
  const named = failed
    .slice(0, NAMED)
    .map((failure) => `  FAILED ${nameOf(failure)}: ${failure.reason}`);
  return failed.length > NAMED ? [...named, `  and ${failed.length - NAMED} more`] : named;
}
