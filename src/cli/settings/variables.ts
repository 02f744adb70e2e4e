import type { OptionSpec, OptionTable } from "../command.ts";
import { UsageError } from "../usage-error.ts";

/** The value of one option, in the form that the command line gives it. */
export type Given = string | true | readonly string[];

const ON: ReadonlySet<string> = new Set(["1", "true", "on", "yes"]);
const OFF: ReadonlySet<string> = new Set(["0", "false", "off", "no"]);

/**
 * Kubernetes sets `PERSIST_SESSION_PORT=tcp://10.0.0.7:80` in every pod beside a Service that is
 * called persist-session.
 */
const SERVICE_LINK = /^(tcp|udp|sctp):\/\//;

/** The environment variable of an option: `PERSIST_SESSION_SAME_SITE` for `--same-site`. */
export function variableName(option: string): string {
  return `PERSIST_SESSION_${option.replaceAll("-", "_").toUpperCase()}`;
}

/**
 * The options that the environment gives, each with the name of its variable. An empty variable is
 * ignored. False means a flag that is off.
 *
 * @throws UsageError if the variable of a flag is neither on nor off
 */
export function readVariables(
  options: OptionTable,
  env: NodeJS.ProcessEnv,
): Map<string, { value: Given | false; source: string }> {
  const found = new Map<string, { value: Given | false; source: string }>();
  for (const [option, spec] of Object.entries(options)) {
    const source = variableName(option);
    const text = env[source]?.trim() ?? "";
    if (text !== "" && !SERVICE_LINK.test(text))
      found.set(option, { value: parse(spec, text, source), source });
  }
  return found;
}

function parse(spec: OptionSpec, text: string, source: string): Given | false {
  if (spec.type === "boolean") {
    const word = text.toLowerCase();
    if (ON.has(word)) return true;
    if (OFF.has(word)) return false;
    throw new UsageError(`${source} takes on or off.`);
  }
  if (spec.repeats !== true) return text;
  return text.split(/[\s,]+/).filter((part) => part !== "");
}
