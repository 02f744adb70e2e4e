import type { Command, OptionTable } from "./command.ts";
import { HELP } from "./parse.ts";
import { variableName } from "./settings/index.ts";

/** The text of `persist-session <command> --help`. */
export function commandHelp(command: Command): string {
  const { usage, description, options, settings, examples = [] } = command;
  const parts = [`Usage: persist-session ${usage}`, description, optionLines(options)];
  if (settings !== undefined)
    parts.push(
      settingLines(Object.keys(settings.options).filter((name) => Object.hasOwn(options, name))),
    );
  if (examples.length > 0)
    parts.push(`Examples:\n${examples.map((line) => `  ${line}`).join("\n")}`);
  return `${parts.join("\n\n")}\n`;
}

/** The text of `persist-session --help`. */
export function mainHelp(
  summaries: Iterable<readonly [name: string, summary: string]>,
  settings: OptionTable,
): string {
  return `Usage: persist-session <command> [options]

State that survives the reload: st.session_state and the widgets of a Streamlit app without a change, and with
@persist also over restarts, deploys and replicas. To begin: persist-session run app.py

Commands:
${columns([...summaries])}

Options:
${columns([
  ["-h, --help", "show this help; persist-session <command> --help shows that of a command"],
  ["-v, --version", "show the version"],
])}

Variables:
${columns(OWN_VARIABLES)}
${columns(
  Object.entries(settings).map(([name, { type, value = "VALUE" }]) => [
    `${variableName(name)}=${type === "boolean" ? "on" : value}`,
    `--${name}`,
  ]),
)}

The same options may stand in the table [tool.persist-session] of the pyproject.toml beside the app: ttl = "7d". The
command line comes before the variables, and these before the table.
`;
}

/** Other ways to give these options. */
function settingLines(names: readonly string[]): string {
  const [first = ""] = names;
  const text =
    `${names.map((name) => `--${name}`).join(", ")}: each has a variable, ${variableName(first)} for --${first}, ` +
    "and a key of its name in the table [tool.persist-session] of pyproject.toml. The command line comes first, then the variable, then the table.";
  return `Variables and pyproject.toml:\n  ${wrap(text, WIDTH - 2).join("\n  ")}`;
}

function optionLines(options: OptionTable): string {
  const rows = Object.entries({ ...options, ...HELP }).map(([name, spec]) => {
    const short = spec.short === undefined ? "    " : `-${spec.short}, `;
    const value = spec.type === "string" ? ` ${spec.value ?? "VALUE"}` : "";
    const preset = spec.preset === undefined ? "" : ` (default: ${spec.preset})`;
    return [`${short}--${name}${value}`, `${spec.help}${preset}`] as const;
  });
  return `Options:\n${columns(rows)}`;
}

/** Variables that are not options. */
const OWN_VARIABLES = [
  [
    "PERSIST_SESSION=on|off",
    "for plain `streamlit run`: for an app that does not import us, or never",
  ],
  ["PERSIST_SESSION_SECRET", "the secret; several, newest first, one a line"],
  ["PERSIST_SESSION_NODE=PROGRAM", "under pip: the Node to use, 20.19 or newer"],
] as const;

const WIDTH = 100;

/** Formats two columns. Text that is too long for a line continues below. */
function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  const indent = `\n${" ".repeat(width + 4)}`;
  return rows
    .map(
      ([left, right]) => `  ${left.padEnd(width)}  ${wrap(right, WIDTH - width - 4).join(indent)}`,
    )
    .join("\n");
}

function wrap(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) ?? "";
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
