import { AppProcess } from "./app-process.ts";
import type { StoresVariant } from "./variants.ts";

/** What became of increments of one counter that were made at the same time. */
export interface Increments {
  readonly variant: string;
  /** Requests that were answered with success. */
  readonly done: number;
  readonly errors: number;
  /** Of those that were answered with success. */
  readonly lost: number;
  readonly seconds: number;
}

const PROCESSES = 4;
/** Of one browser, to each process: more than it would ever make. */
const CONNECTIONS = 8;

/** Lets four app processes on one database count one session's counter at once. */
export async function countIncrements(
  variant: StoresVariant,
  url: string,
  wanted: number,
): Promise<Increments> {
  const apps: AppProcess[] = [];
  try {
    for (let at = 0; at < PROCESSES; at++) apps.push(await AppProcess.start(variant.name, url));
    const [first] = apps as [AppProcess];
    const visitor = await first.visitor(1_000);
    const started = performance.now();
    let left = wanted;
    let [done, errors] = [0, 0];
    const work = async (app: AppProcess): Promise<void> => {
      const connection = await visitor.again(app.port);
      while (left > 0) {
        left--;
        try {
          await connection.request("POST", "/exact");
          done++;
        } catch {
          errors++;
        }
      }
      connection.close();
    };
    await Promise.all(
      apps.flatMap((app) => Array.from({ length: CONNECTIONS }, async () => await work(app))),
    );
    const seconds = (performance.now() - started) / 1000;
    const count = await visitor.request("GET", "/small");
    visitor.close();
    return { variant: variant.name, done, errors, lost: done - count, seconds };
  } finally {
    for (const app of apps) await app.stop();
  }
}
