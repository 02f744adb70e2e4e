import type { IncomingMessage } from "node:http";
import { isEncrypted } from "../identity/index.ts";

/**
 * Who sent one of Node's requests, and whether it came encrypted: needed to check a socket's
 * origin.
 */
export function peerOf({ socket }: IncomingMessage): {
  remoteAddress: string | undefined;
  encrypted: boolean;
} {
  return { remoteAddress: socket.remoteAddress, encrypted: isEncrypted(socket) };
}
