/** Writes a line for the person who runs the command, apart from its output. */
export function log(line: string): void {
  process.stderr.write(`persist-session: ${line}\n`);
}
