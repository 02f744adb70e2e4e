import { once } from "node:events";
import type { Server } from "node:http";

const HOST = "127.0.0.1";

/**
 * Listens on the port; if none was asked for, on 3000 or, if that is taken, on any free one. Gives
 * the URL.
 */
export async function listen(server: Server, port: number | undefined): Promise<string> {
  try {
    await bind(server, port ?? 3000);
  } catch (error) {
    const taken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
    if (port !== undefined || !taken) throw error;
    await bind(server, 0);
  }
  const address = server.address();
  return `http://${HOST}:${typeof address === "object" ? address?.port : port}`;
}

async function bind(server: Server, port: number): Promise<void> {
  server.listen(port, HOST);
  await once(server, "listening");
}

/** Calls `stop` at the first Ctrl-C or SIGTERM; a second one ends the process at once. */
export function onStop(stop: () => Promise<void>): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      stop().catch((error: unknown) => {
        console.error(error);
        process.exitCode = 1;
      });
    });
  }
}
