import type { Session, Sessions, StateClass } from "../../src/index.ts";

export const SECRET = "p3VtQ0x8bYw1nKzR6sJfG2hLdM7cEaUi";

/**
 * A visitor who has stored something, and its changes from elsewhere: each by a session object of
 * its own, as another tab's.
 */
export async function cookieFor<T extends object>(
  sessions: Sessions,
  stateClass: StateClass<T>,
  begin: (state: T) => unknown,
): Promise<{
  readonly cookie: string;
  readonly session: Session;
  readonly change: (fn: (state: T) => unknown) => Promise<void>;
}> {
  const session = await sessions.open();
  const by = async (one: Session, fn: (state: T) => unknown): Promise<void> =>
    await one.run(async () => void fn(await one.restore(stateClass)));
  await by(session, begin);
  const { token } = session;
  return {
    cookie: `${sessions.engine.cookieName}=${token}`,
    session,
    change: async (fn) => await by(await sessions.open(token), fn),
  };
}
