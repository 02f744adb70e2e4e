/**
 * What every variant keeps for a visitor: a few small attributes and one list that makes up the
 * size.
 */
export interface BenchState {
  name: string;
  theme: string;
  count: number;
  rows: Row[];
}

export interface Row {
  id: number;
  title: string;
  owner: string;
  amount: number;
  done: boolean;
}

/** Sets a state whose JSON has about `bytes` bytes. */
export function fillState(state: BenchState, bytes: number): void {
  state.name = "Ada Lovelace";
  state.theme = "dark";
  state.count = 0;
  const rows: Row[] = [];
  for (let size = 70; size < bytes; size += JSON.stringify(rows.at(-1)).length + 1) {
    rows.push(makeRow(rows.length));
  }
  state.rows = rows;
}

/** Touches every row. */
export function sumRows(rows: readonly Row[]): number {
  let sum = 0;
  for (const row of rows) if (!row.done) sum += row.amount;
  return sum;
}

/**
 * Pushes one row and drops the oldest, so that the size stays. @returns the new row's id, one more
 * than the last's
 */
export function pushRow(rows: Row[]): number {
  const id = (rows.at(-1)?.id ?? -1) + 1;
  rows.push(makeRow(id));
  rows.shift();
  return id;
}

function makeRow(id: number): Row {
  return {
    id,
    title: `Call the customer back about order ${String((id * 7919) % 100_000)}`,
    owner: ["ada", "grace", "edsger", "barbara"][id % 4] ?? "ada",
    amount: (id * 31) % 997,
    done: id % 3 === 0,
  };
}
