import type { Command } from "./command.ts";

/** A line of the table: what `persist-session --help` says, and the file that is loaded when the command is called. */
interface Entry {
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

/** The commands, in the order of the help. */
export const commands: ReadonlyMap<string, Entry> = new Map<string, Entry>([]);
