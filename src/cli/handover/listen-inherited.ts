import { createServer, type Server } from "node:net";

/** The sockets on which a gateway's server accepts connections. */
export interface Listening {
  /** Stops accepting at once. Accepted connections continue. */
  stop(): void;
}

/**
 * Makes a server accept the connections of sockets that another process opened and still holds.
 * Node listens on one socket for each server, so those after the first have a server of their own
 * that passes its connections on.
 *
 * @throws what the system throws if a descriptor is no listening socket
 */
export async function listenInherited(
  server: Server,
  descriptors: readonly number[],
): Promise<Listening> {
  const servers = descriptors.map((_, at) =>
    at === 0
      ? server
      : createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
          server.emit("connection", socket),
        ),
  );
  await Promise.all(
    servers.map(
      async (one, at) =>
        await new Promise<void>((resolve, reject) => {
          one.once("error", reject);
          one.listen({ fd: descriptors[at] }, () => {
            one.off("error", reject);
            resolve();
          });
        }),
    ),
  );
  return {
    stop: () => {
      for (const one of servers) one.close();
    },
  };
}
