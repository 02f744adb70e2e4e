/** One option of a command: a flag, or an option with a value. */
export interface OptionSpec {
  readonly type: "boolean" | "string";
  /** What the value is called in the help: `PORT`. For strings alone. */
  readonly value?: string;
  /** One letter, without its dash. */
  readonly short?: string;
  /** What the option does, for the help; one line, a lower-case beginning, no full stop. */
  readonly help: string;
  /** Whether it may be given several times; its value is then a list. For strings alone. */
  readonly repeats?: true;
  /** What counts without the option, for the help. */
  readonly preset?: string;
}

export type OptionTable = Readonly<Record<string, OptionSpec>>;

/** The values that were given, by the options' names. */
export type OptionValues<O extends OptionTable> = {
  readonly [N in keyof O]?: O[N]["type"] extends "boolean"
    ? true
    : O[N] extends { readonly repeats: true }
      ? readonly string[]
      : string;
};

/** What a command is called with. */
export interface Invocation<O extends OptionTable = OptionTable> {
  readonly values: OptionValues<O>;
  readonly positionals: readonly string[];
  /** What came after `--`; undefined where there was none. */
  readonly rest: readonly string[] | undefined;
}

/** A command of `persist-session`. Add a new one to the table in `commands.ts`. */
export interface Command<O extends OptionTable = OptionTable> {
  /** The line after `Usage: persist-session`: `run <app.py> [options]`. */
  readonly usage: string;
  /** What the command does, in a paragraph or two; lines are kept as they are. */
  readonly description: string;
  readonly options: O;
  /** Ready-made lines that a reader may copy. */
  readonly examples?: readonly string[];
  /**
   * Does the work. Gives the exit code: 0 when all went well, 1 for a failure. What it throws is printed as one line, as `told`
   * says: a UsageError ends with 2, nearly anything else with 1.
   */
  run(invocation: Invocation<O>): Promise<number>;
}

/** Keeps the option names of a command known to the compiler. */
export function defineCommand<const O extends OptionTable>(command: Command<O>): Command {
  return command;
}
