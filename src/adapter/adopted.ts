import { hiddenSlot } from "../hidden-slot.ts";
import { createSessions, Sessions, type SessionsOptions } from "../sessions/index.ts";
import { refuseSecond } from "./same-request.ts";

const known = hiddenSlot<readonly Sessions[]>();

/**
 * Notes which sessions the sockets of a server get.
 *
 * @param options - of the sessions, or `Sessions`
 * @returns the sessions, and whether they are new to this server: a second call must not give each
 *   socket a second session
 * @throws PersistError `ERR_OPTION_INVALID` if other sessions would set the same cookie, and what
 * `createSessions` throws
 */
export function adopt(
  server: object,
  options: SessionsOptions | Sessions | undefined,
): { readonly sessions: Sessions; readonly isNew: boolean } {
  const before = known.get(server) ?? [];
  const sessions = options instanceof Sessions ? options : createSessions(options);
  const isSame = (other: Sessions): boolean => other.engine.live === sessions.engine.live;
  if (before.some(isSame)) return { sessions, isNew: false };
  try {
    for (const other of before) refuseSecond(other, sessions);
  } catch (error) {
    // What was refused must leave nothing open.
    if (sessions !== options) sessions.close().catch(() => undefined);
    throw error;
  }
  known.set(server, [...before, sessions]);
  return { sessions, isNew: true };
}
