/** One option of a command: a flag, or an option with a value. */
export interface OptionSpec {
  readonly type: "boolean" | "string";
  /** The name of the value in the help: `PORT`. Only for options with a value. */
  readonly value?: string;
  /** One letter, without its dash. */
  readonly short?: string;
  /** What the option does, for the help; one line, a lower-case beginning, no full stop. */
  readonly help: string;
  /** Whether it may be given several times; its value is then a list. For strings alone. */
  readonly repeats?: true;
  /** The default, for the help. */
  readonly preset?: string;
  /**
   * Other variables for the same value. They are read elsewhere, and take precedence over
   * pyproject.toml.
   */
  readonly saidBy?: readonly string[];
}

export type OptionTable = Readonly<Record<string, OptionSpec>>;

/** The given values, by the names of the options. */
export type OptionValues<O extends OptionTable> = {
  readonly [N in keyof O]?: O[N]["type"] extends "boolean"
    ? true
    : O[N] extends { readonly repeats: true }
      ? readonly string[]
      : string;
};

/** The arguments of a command. */
export interface Invocation<O extends OptionTable = OptionTable> {
  readonly values: OptionValues<O>;
  readonly positionals: readonly string[];
  /** The arguments after `--`; undefined if there was none. */
  readonly rest: readonly string[] | undefined;
}

/**
 * Which options of a command may also be given by a variable or in the table
 * `[tool.persist-session]` of a pyproject.toml.
 */
export interface CommandSettings {
  readonly options: OptionTable;
  /**
   * Where the pyproject.toml is. Undefined if there can be none. Default: the working directory.
   */
  readonly directory?: (invocation: Invocation) => string | undefined;
}

/** A command of `persist-session`. Add a new one to the table in `commands.ts`. */
export interface Command<O extends OptionTable = OptionTable> {
  /** The line after `Usage: persist-session`: `run <app.py> [options]`. */
  readonly usage: string;
  /** What the command does, in a paragraph or two; lines are kept as they are. */
  readonly description: string;
  readonly options: O;
  /** Default: none, the command line alone counts. */
  readonly settings?: CommandSettings;
  /** Example lines to copy. */
  readonly examples?: readonly string[];
  /**
   * Does the work. Gives the exit code: 0 for success, 1 for a failure. An error that it throws is
   * printed as one line, as `told` says: a UsageError gives exit code 2, nearly anything else 1.
   */
  run(invocation: Invocation<O>): Promise<number>;
  /**
   * Says why the command failed, if a line on standard error is not for its caller. Gives the exit
   * code.
   */
  failed?(error: unknown): number;
}

/** Keeps the option names of a command known to the compiler. */
export function defineCommand<const O extends OptionTable>(command: Command<O>): Command {
  return command;
}
