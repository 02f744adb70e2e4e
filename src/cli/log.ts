/** Writes a line for the person who runs the command, apart from its output. */
export function log(line: string): void {
  // What the library warns of carries its name already.
  process.stderr.write(`persist-session: ${line.replace(/^persist-session: /, "")}\n`);
}
