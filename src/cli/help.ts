import type { Command, OptionTable } from "./command.ts";
import { HELP } from "./parse.ts";

/** The text of `persist-session <command> --help`. */
export function commandHelp(command: Command): string {
  const { usage, description, options, examples = [] } = command;
  const parts = [`Usage: persist-session ${usage}`, description, optionLines(options)];
  if (examples.length > 0)
    parts.push(`Examples:\n${examples.map((line) => `  ${line}`).join("\n")}`);
  return `${parts.join("\n\n")}\n`;
}

/** The text of `persist-session --help`. */
export function mainHelp(summaries: Iterable<readonly [name: string, summary: string]>): string {
  return `Usage: persist-session <command> [options]

State that survives the reload, for Streamlit apps without a change and for Node apps with one class.

Commands:
${columns([...summaries])}

Options:
${columns([
  ["-h, --help", "show this help; persist-session <command> --help shows that of a command"],
  ["-v, --version", "show the version"],
])}
`;
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
