import { parseArgs } from "node:util";
import type { Invocation, OptionTable } from "./command.ts";
import { nearest } from "./nearest.ts";
import { UsageError } from "./usage-error.ts";

/** Every command has it, so no command lists it. */
export const HELP: OptionTable = {
  help: { type: "boolean", short: "h", help: "show this help" },
};

/**
 * Reads the arguments of a command.
 *
 * @returns undefined if the user asked for help
 * @throws UsageError for an unknown or repeated option, and for a superfluous or missing value
 */
export function parseCommand(
  args: readonly string[],
  options: OptionTable,
): Invocation | undefined {
  const accepted: OptionTable = { ...options, ...HELP };
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(accepted).map(([name, { type, short }]) => [
        name,
        { type, ...(short !== undefined && { short }) },
      ]),
    ),
    // Not strict: our own messages name the remedy.
    strict: false,
    tokens: true,
  });
  const values: Record<string, string | true | string[]> = {};
  const positionals: string[] = [];
  let end: number | undefined;
  for (const token of tokens) {
    if (token.kind === "option-terminator") end = token.index;
    else if (token.kind === "positional") {
      if (end === undefined) positionals.push(token.value);
    } else {
      const value = optionValue(token, accepted);
      const before = Object.hasOwn(values, token.name) ? values[token.name] : undefined;
      if (accepted[token.name]?.repeats === true && typeof value === "string")
        values[token.name] = [...(Array.isArray(before) ? before : []), value];
      else if (before === undefined) values[token.name] = value;
      else throw new UsageError(`The option ${token.rawName} was given twice.`);
    }
  }
  if (values["help"] === true) return undefined;
  return {
    values: values as Invocation["values"],
    positionals,
    rest: end === undefined ? undefined : args.slice(end + 1),
  };
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function optionValue(token: OptionToken, accepted: OptionTable): string | true {
  const { name, rawName, value } = token;
  const spec = Object.hasOwn(accepted, name) ? accepted[name] : undefined;
  if (spec === undefined) throw unknownOption(name, rawName, accepted);
  if (spec.type === "boolean") {
    if (value === undefined) return true;
    throw new UsageError(`The option ${rawName} takes no value: write ${rawName} alone.`);
  }
  // A value that looks like an option is more likely the next option, after a forgotten value.
  if (value === undefined || value === "" || (token.inlineValue === false && /^-./.test(value))) {
    throw new UsageError(
      `The option ${rawName} needs a value: ${rawName} ${spec.value ?? "VALUE"}`,
    );
  }
  return value;
}

function unknownOption(name: string, rawName: string, accepted: OptionTable): UsageError {
  if (name.includes(".") && rawName.startsWith("--"))
    return new UsageError(
      `There is no option ${rawName} here. Options of Streamlit go after two dashes: -- ${rawName} …`,
    );
  const near = rawName.startsWith("--") ? nearest(name, Object.keys(accepted)) : undefined;
  return new UsageError(
    `There is no option ${rawName}.${near === undefined ? "" : ` Did you mean --${near}?`}`,
  );
}
