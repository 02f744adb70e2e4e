#!/usr/bin/env node
import { packageVersion } from "../gateway/index.ts";
import { isPersistError } from "../errors.ts";
import type { Command, Invocation } from "./command.ts";
import { commands } from "./commands.ts";
import { nameSource } from "./given-by.ts";
import { commandHelp, mainHelp } from "./help.ts";
import { log } from "./log.ts";
import { nearest } from "./nearest.ts";
import { parseCommand } from "./parse.ts";
import { applySettings, type GivenBy, readTable } from "./settings/index.ts";
import { failureOutcome } from "./failure-outcome.ts";
import { UsageError } from "./usage-error.ts";

/** Runs the command that the arguments name. Gives the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const [name = "", ...others] = args;
  if (name === "--version" || name === "-v") {
    process.stdout.write(`${packageVersion()}\n`);
    return 0;
  }
  if (name === "--help" || name === "-h" || (name === "help" && others.length === 0)) {
    process.stdout.write(await overview());
    return 0;
  }
  if (name === "help") return await main([...others, "--help"]);
  if (name === "") {
    process.stderr.write(await overview());
    return 2;
  }
  const entry = commands.get(name);
  if (entry === undefined) throw unknownCommand(name);
  const command = await entry.load();
  let givenBy: GivenBy = new Map();
  try {
    const invocation = parseCommand(others, command.options);
    if (invocation !== undefined) {
      const given = await withSettings(command, invocation);
      givenBy = given.givenBy;
      return await command.run(given.invocation);
    }
  } catch (error) {
    nameSource(error, givenBy);
    if (command.failed !== undefined) return command.failed(error);
    if (isPersistError(error) && failureOutcome(error).code === 2)
      error.message += ` See: persist-session ${name} --help`;
    throw error;
  }
  process.stdout.write(commandHelp(command));
  return 0;
}

/** Adds what variables and a pyproject.toml say. */
async function withSettings(
  { settings }: Command,
  invocation: Invocation,
): Promise<{ invocation: Invocation; givenBy: GivenBy }> {
  if (settings === undefined) return { invocation, givenBy: new Map() };
  const { options, directory = () => "." } = settings;
  const place = directory(invocation);
  return applySettings(invocation, {
    options,
    env: process.env,
    table: place === undefined ? undefined : await readTable(place),
    keys: Object.keys((await import("./served-options.ts")).settingOptions),
  });
}

async function overview(): Promise<string> {
  const { settingOptions } = await import("./served-options.ts");
  const listed = [...commands].filter(([, { hidden }]) => hidden !== true);
  return mainHelp(
    listed.map(([name, { summary }]) => [name, summary]),
    settingOptions,
  );
}

function unknownCommand(name: string): UsageError {
  if (name.startsWith("-"))
    return new UsageError(`The command comes first, then ${name}. See: persist-session --help`);
  // Users of `streamlit run app.py` may forget the word `run`.
  const near = name.endsWith(".py") ? `run ${name}` : nearest(name, commands.keys());
  return new UsageError(
    `There is no command "${name}".${near === undefined ? "" : ` Did you mean: persist-session ${near}?`} See: persist-session --help`,
  );
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const { line, code } = failureOutcome(error);
  log(line);
  process.exitCode = code;
}
