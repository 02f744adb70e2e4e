import { once } from "node:events";
import { createServer } from "node:net";

/**
 * The port itself if it is free, else any free one.
 *
 * @param {number} wanted
 * @param {string} host
 * @returns {Promise<number>}
 */
export async function freePort(wanted, host) {
  const server = createServer();
  try {
    server.listen(wanted, host);
    await once(server, "listening");
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : wanted;
  } catch {
    return await freePort(0, host);
  } finally {
    server.close();
  }
}
