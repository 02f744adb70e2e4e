/** Writes a line to standard error, for the person who runs the command. */
export function log(line: string): void {
  // The library's warnings already begin with its name.
  process.stderr.write(`persist-session: ${line.replace(/^persist-session: /, "")}\n`);
}
