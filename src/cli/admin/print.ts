let listening = false;

/**
 * Prints a line of a listing. Waits for a full pipe, and stops if the reader has gone (`| head`).
 */
export async function printLine(line: string): Promise<void> {
  const { stdout } = process;
  if (!listening) {
    listening = true;
    stdout.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(0);
      throw error;
    });
  }
  if (!stdout.write(`${line}\n`)) await new Promise((resolve) => stdout.once("drain", resolve));
}
