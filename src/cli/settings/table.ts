import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { OptionSpec, OptionTable } from "../command.ts";
import { nearest } from "../nearest.ts";
import { UsageError } from "../usage-error.ts";
import type { Given } from "./variables.ts";

/** The table `[tool.persist-session]` of a pyproject.toml. */
export interface SettingsTable {
  /** The file, for messages. */
  readonly path: string;
  readonly entries: Readonly<Record<string, unknown>>;
}

const NAME = "[tool.persist-session]";
/** Read by the hook in Python, which turns persist-session on under plain `streamlit run`. */
const ENABLED = "enabled";

/**
 * Reads the table from the pyproject.toml of a directory.
 *
 * @returns undefined if there is no such file, or no such table in it
 * @throws UsageError if the file cannot be read or is not TOML, or if the key is not a table
 */
export async function readTable(directory: string): Promise<SettingsTable | undefined> {
  const path = join(directory, "pyproject.toml");
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new UsageError(
      `${path} cannot be read (${code}), so the options in its table ${NAME} are not known. Make it readable.`,
    );
  }
  const tool = (await parse(path, text))["tool"];
  const entries = isTable(tool) ? tool["persist-session"] : undefined;
  if (entries === undefined) return undefined;
  if (!isTable(entries))
    throw new UsageError(`In ${path}, tool.persist-session has to be a table: ${NAME}`);
  return { path, entries };
}

async function parse(path: string, text: string): Promise<Record<string, unknown>> {
  const { parse: parseToml, TomlError } = await import("smol-toml");
  try {
    return parseToml(text, { integersAsBigInt: "asNeeded" });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [reason = ""] = error.message.split("\n", 1);
    throw new UsageError(
      `${path} is no valid TOML: line ${error.line}, column ${error.column}: ${reason.replace(/^Invalid TOML document: /, "")}. Correct it there.`,
    );
  }
}

/**
 * The options that the table gives, each with its place for messages. Keys may be written with `_`,
 * too. False means a flag that is off.
 *
 * @param accepted - every key that a table may have
 * @param options - those of this command
 * @throws UsageError for an unknown key, and a value of the wrong type
 */
export function readEntries(
  { path, entries }: SettingsTable,
  accepted: Iterable<string>,
  options: OptionTable,
): Map<string, { value: Given | false; source: string }> {
  const names = [...accepted, ENABLED];
  const found = new Map<string, { value: Given | false; source: string }>();
  for (const [key, entry] of Object.entries(entries)) {
    const option = key.replaceAll("_", "-");
    const source = `"${key}" in ${NAME} of ${path}`;
    if (!names.includes(option)) {
      const near = nearest(option, names);
      throw new UsageError(
        `There is no option ${source}.${near === undefined ? "" : ` Did you mean ${near}?`}`,
      );
    }
    if (found.has(option)) throw new UsageError(`The option ${source} is given twice.`);
    const spec = Object.hasOwn(options, option) ? options[option] : undefined;
    if (option === ENABLED) readFlag(entry, source);
    else if (spec !== undefined)
      found.set(option, { value: readEntry(spec, entry, source), source });
  }
  return found;
}

function readEntry(spec: OptionSpec, entry: unknown, source: string): Given | false {
  if (spec.type === "boolean") return readFlag(entry, source);
  const parts = (Array.isArray(entry) ? entry : [entry]).map((part) => textOf(part));
  const texts = parts.filter((part) => part !== undefined);
  if (texts.length < parts.length || texts.length === 0)
    throw new UsageError(`${source} takes a text: ${spec.value ?? "VALUE"}.`);
  // Options with several values in one text have commas between them.
  return spec.repeats === true ? texts : texts.join(",");
}

function readFlag(entry: unknown, source: string): boolean {
  if (typeof entry === "boolean") return entry;
  throw new UsageError(`${source} takes true or false.`);
}

/** An option's value as on the command line. Numbers need no quotes. */
function textOf(entry: unknown): string | undefined {
  if (typeof entry === "number" || typeof entry === "bigint") return String(entry);
  return typeof entry === "string" && entry.trim() !== "" ? entry.trim() : undefined;
}

function isTable(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  return !Array.isArray(value) && !(value instanceof Date);
}
