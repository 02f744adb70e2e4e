import { createSessions, Sessions, type SessionsOptions } from "../sessions/index.ts";

/**
 * Sessions that are made at the first use. Frameworks with a build of their own load an app's
 * modules while they build, and no store must be opened there, nor a secret made.
 */
export function lazySessions(options: SessionsOptions | Sessions | undefined): () => Sessions {
  let made: Sessions | undefined = options instanceof Sessions ? options : undefined;
  return () => (made ??= createSessions(options as SessionsOptions | undefined));
}
