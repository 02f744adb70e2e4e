import { type SessionFactory, sessionMiddleware, sessionOf } from "../express-session.ts";
import { expressServer } from "../express-app.ts";
import { importPeer } from "../peer.ts";
import type { Variant } from "../variant.ts";

type FileStore = new (options: { path: string; logFn: () => void }) => object;

/**
 * With the store's own defaults; only its log is off. It waits for the disk (fsync) at each write.
 */
export const variant: Variant = {
  start: async (directory) => {
    const session = await importPeer<SessionFactory>("express-session");
    const makeStore =
      await importPeer<(session: SessionFactory) => FileStore>("session-file-store");
    const Store = makeStore(session);
    const store = new Store({ path: directory, logFn: () => {} });
    return await expressServer({ open: sessionOf }, [await sessionMiddleware(store)]);
  },
};
