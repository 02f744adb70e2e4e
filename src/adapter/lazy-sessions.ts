import { createSessions, Sessions, type SessionsOptions } from "../sessions/index.ts";

/**
 * Sessions that are made at the first use. Frameworks with their own build load an app's modules
 * while they build; then no store must be opened and no secret made.
 */
export function lazySessions(options: SessionsOptions | Sessions | undefined): () => Sessions {
  let made: Sessions | undefined = options instanceof Sessions ? options : undefined;
  return () => (made ??= createSessions(options as SessionsOptions | undefined));
}
