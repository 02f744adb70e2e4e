import type { IncomingMessage } from "node:http";
import { isEncrypted } from "../identity/index.ts";

/**
 * Who sent one of Node's requests, and if it came encrypted: what the check of a socket's origin
 * asks for.
 */
export function peerOf({ socket }: IncomingMessage): {
  remoteAddress: string | undefined;
  encrypted: boolean;
} {
  return { remoteAddress: socket.remoteAddress, encrypted: isEncrypted(socket) };
}
