import type { Command } from "./command.ts";

/** A line of the table: what `persist-session --help` says, and the file that is loaded when the command is called. */
interface Entry {
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

/** The commands, in the order of the help. */
export const commands: ReadonlyMap<string, Entry> = new Map<string, Entry>([
  [
    "run",
    {
      summary: "run a Streamlit app whose state survives the reload",
      load: async () => (await import("./commands/run.ts")).run,
    },
  ],
  [
    "proxy",
    {
      summary: "the same for a Streamlit server that somebody else starts",
      load: async () => (await import("./commands/proxy.ts")).proxy,
    },
  ],
]);
