import { shuffled } from "../statistics.ts";
import { RawSession } from "./raw-session.ts";
import { type Pythons, Server, variants } from "./variants.ts";

/** Times within Python, for one size of the state. */
export interface CostResult {
  readonly bytes: number;
  /** Microseconds of an assignment of a small attribute, and of the large one. */
  readonly small: Costs;
  readonly large: Costs;
  /** Milliseconds of a script run that changes the small attribute, until the page is idle. */
  readonly run: Costs;
}

/** By variant, a number for each round. */
export type Costs = Readonly<Record<"ours" | "seed", readonly number[]>>;

export interface CostPlan {
  readonly sizes: readonly number[];
  readonly rounds: number;
  /** Assignments in a round, of which the median counts. */
  readonly assignments: number;
  readonly runs: number;
}

/** What changing the state costs the script: ours and the seed's file of a pickle. */
export async function benchCost(
  pythons: Pythons,
  plan: CostPlan,
  log: (line: string) => void,
): Promise<CostResult[]> {
  const results: CostResult[] = [];
  for (const bytes of plan.sizes) {
    log(`assignments and runs at ${bytes} bytes`);
    results.push(await ofSize(pythons, plan, bytes));
  }
  return results;
}

async function ofSize(pythons: Pythons, plan: CostPlan, bytes: number): Promise<CostResult> {
  const servers: [name: "ours" | "seed", server: Server][] = [
    ["ours", await Server.start({ ...variants.persisted, app: "cost.py" }, pythons)],
  ];
  if (pythons.seed !== undefined)
    servers.push(["seed", await Server.start({ ...variants.seed, app: "cost.py" }, pythons)]);
  const empty = (): Record<"ours" | "seed", number[]> => ({ ours: [], seed: [] });
  const [small, large, run] = [empty(), empty(), empty()];
  const contestants: [name: "ours" | "seed", session: RawSession][] = [];
  try {
    for (const [name, server] of servers) {
      const session = await RawSession.open(server.origin);
      contestants.push([name, session]);
      // The seed needs a run for its placeholder and one for its first file.
      for (let at = 0; at < 3; at++) await session.run(`size=${bytes}`);
    }
    for (let round = 0; round < plan.rounds; round++) {
      for (const [name, session] of shuffled(contestants)) {
        const { text } = await session.run(`size=${bytes}&rounds=${plan.assignments}`);
        small[name].push(...timesIn(text, "small"));
        large[name].push(...timesIn(text, "large"));
      }
    }
    for (let at = 0; at < plan.runs; at++) {
      for (const [name, session] of shuffled(contestants))
        run[name].push((await session.run(`size=${bytes}`)).ms);
    }
    return { bytes, small, large, run };
  } finally {
    for (const [, session] of contestants) session.close();
    for (const [, server] of servers) await server.stop();
  }
}

function timesIn(text: string, name: string): number[] {
  const found = new RegExp(`${name}: ([\\d.,]+);`).exec(text)?.[1];
  if (found === undefined) throw new Error(`The app did not say how long "${name}" took.`);
  return found.split(",").map(Number);
}
