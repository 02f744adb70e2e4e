import type { Command } from "./command.ts";

/**
 * A line of the table: the summary for `persist-session --help`, and the file that the command
 * loads.
 */
interface Entry {
  readonly summary: string;
  /** Whether users never type it: the help does not list it. */
  readonly hidden?: true;
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
      summary: "the same for a Streamlit server that another program starts",
      load: async () => (await import("./commands/proxy.ts")).proxy,
    },
  ],
  [
    "serve-streamlit",
    {
      summary: "the gateway for streamlit run, started by the Python package",
      hidden: true,
      load: async () => (await import("./commands/serve-streamlit.ts")).serveStreamlit,
    },
  ],
  [
    "sessions",
    {
      summary: "list the sessions of a store",
      load: async () => (await import("./commands/sessions.ts")).sessions,
    },
  ],
  [
    "show",
    {
      summary: "show what is stored for a session",
      load: async () => (await import("./commands/show.ts")).show,
    },
  ],
  [
    "clear",
    {
      summary: "end sessions, or one state of them",
      load: async () => (await import("./commands/clear.ts")).clear,
    },
  ],
  [
    "sweep",
    {
      summary: "remove what has expired",
      load: async () => (await import("./commands/sweep.ts")).sweep,
    },
  ],
  [
    "copy",
    {
      summary: "copy one store to another",
      load: async () => (await import("./commands/copy.ts")).copy,
    },
  ],
  [
    "reseal",
    {
      summary: "seal all values with the newest secret",
      load: async () => (await import("./commands/reseal.ts")).reseal,
    },
  ],
  [
    "migrate",
    {
      summary: "make or update the tables of PostgreSQL",
      load: async () => (await import("./commands/migrate.ts")).migrate,
    },
  ],
]);
