import type { Invocation, OptionTable } from "../command.ts";
import { readEntries, type SettingsTable } from "./table.ts";
import { type Given, readVariables } from "./variables.ts";

/**
 * The source of an option that is not on the command line, for messages: the name of a variable, or
 * a key and its file.
 */
export type GivenBy = ReadonlyMap<string, string>;

export interface Settings {
  /** The options that may be given in other ways than on the command line. */
  readonly options: OptionTable;
  readonly env: NodeJS.ProcessEnv;
  readonly table?: SettingsTable | undefined;
  /** Every key that a table may have. */
  readonly keys: Iterable<string>;
}

/**
 * Adds the options of the environment, then those of the table, to what the command line says.
 *
 * @throws UsageError for a value of the wrong type, and for a key in the table that is not an
 * option
 */
export function applySettings(
  invocation: Invocation,
  { options, env, table, keys }: Settings,
): { invocation: Invocation; givenBy: GivenBy } {
  const values: Record<string, Given | undefined> = { ...invocation.values };
  const givenBy = new Map<string, string>();
  const decided = new Set(Object.keys(values));
  const fromTable = table === undefined ? [] : readEntries(table, keys, options);
  const isSaid = (option: string) =>
    options[option]?.saidBy?.some((name) => (env[name] ?? "") !== "") === true;
  const variables = [...readVariables(options, env)].filter(([option]) => !isSaid(option));
  const entries = [...fromTable].filter(([option]) => !isSaid(option));
  for (const [option, { value, source }] of [...variables, ...entries]) {
    if (decided.has(option)) continue;
    decided.add(option);
    if (value === false) continue;
    values[option] = value;
    givenBy.set(option, source);
  }
  return { invocation: { ...invocation, values: values as Invocation["values"] }, givenBy };
}
