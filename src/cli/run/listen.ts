import { createServer, type Server } from "node:net";
import { PersistError } from "../../errors.ts";

/**
 * Makes the server listen, and gives its port.
 *
 * @throws PersistError `ERR_PORT_TAKEN` if another program has the port, `ERR_OPTION_INVALID` if
 *   this machine has no such address or this user may not use the port
 */
export async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      resolve();
    });
  }).catch((error: unknown) => {
    throw explained(error, host, port);
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}

/** A port of 127.0.0.1 that is free at the moment. */
export async function freePort(): Promise<number> {
  return await tryPort("127.0.0.1", 0);
}

/**
 * Listens for a moment, to fail early if the port cannot be used. Gives the port. @throws as
 * `listen` does
 */
export async function tryPort(host: string, port: number): Promise<number> {
  const server = createServer();
  const found = await listen(server, host, port);
  await new Promise((resolve) => server.close(resolve));
  return found;
}

function explained(error: unknown, host: string, port: number): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "EADDRINUSE") {
    return new PersistError(
      "ERR_PORT_TAKEN",
      `Port ${port} of ${host} is taken by another program. Choose another by --port, or end that program.`,
      { cause: error },
    );
  }
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return new PersistError(
      "ERR_OPTION_INVALID",
      `${host} is no address of this machine. Use --host 127.0.0.1, or --host 0.0.0.0 for all its addresses.`,
      { cause: error },
    );
  }
  if (code === "EACCES") {
    return new PersistError(
      "ERR_OPTION_INVALID",
      `This user may not listen on port ${port}. Choose one above 1023 by --port.`,
      { cause: error },
    );
  }
  return error;
}
