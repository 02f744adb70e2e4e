import { once } from "node:events";
import { WebSocket } from "ws";
import { DEADLINE } from "../support/until.ts";

/** What a page sends first: a message that asks for a run (field 11, no client state). */
const RERUN = Buffer.from([0x5a, 0x00]);

/**
 * Visits an app as a program does that may send any header, and gives the first `name: value` line
 * that it is shown. The messages are not parsed: text stands in them as itself.
 */
export async function rawVisit(
  origin: string,
  name: string,
  headers: Readonly<Record<string, string>>,
): Promise<string> {
  const socket = new WebSocket(`${origin.replace("http", "ws")}/_stcore/stream`, ["streamlit"], {
    headers: { origin, ...headers },
  });
  const line = new RegExp(`${name}: ([\\w., \\[\\]'-]*)`);
  try {
    await once(socket, "open", { signal: AbortSignal.timeout(DEADLINE) });
    return await new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`No line says "${name}".`)), DEADLINE);
      socket.on("message", (data: Buffer) => {
        const found = line.exec(data.toString("latin1"));
        if (found === null) return;
        clearTimeout(timer);
        resolve(found[1] ?? "");
      });
      socket.send(RERUN);
    });
  } finally {
    socket.terminate();
  }
}
