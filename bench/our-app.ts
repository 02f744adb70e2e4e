import { expressServer } from "./express-app.ts";
import { type ExpressAdapter, importLibrary, type Library, type LmdbStore } from "./library.ts";
import type { BenchState, Row } from "./state.ts";
import type { Server } from "./variant.ts";

class VisitorState implements BenchState {
  name = "";
  theme = "";
  count = 0;
  rows: Row[] = [];
}

interface OurOptions {
  readonly path: string;
  readonly durability?: "disk";
  readonly cacheBytes?: number;
  readonly peek?: boolean;
  readonly encrypt?: boolean;
}

/**
 * persist-session as its documentation tells to use it, but for the options that a variant is
 * about.
 */
export async function ourServer({
  path,
  durability,
  cacheBytes,
  peek,
  encrypt,
}: OurOptions): Promise<Server> {
  const { persist, restore, currentSession } = await importLibrary<Library>("index.js");
  const { persistSession } = await importLibrary<ExpressAdapter>("adapter/express.js");
  const { openLmdbStore } = await importLibrary<LmdbStore>("store/lmdb.js");
  persist("bench", VisitorState);
  const store = await openLmdbStore({ path, ...(durability === undefined ? {} : { durability }) });
  const middleware = persistSession({
    store,
    stateDir: path,
    ...(cacheBytes === undefined ? {} : { cacheBytes }),
    ...(encrypt === undefined ? {} : { encrypt }),
  });
  return await expressServer(
    {
      open: async () => await restore(VisitorState),
      ...(peek === true
        ? { openToRead: async () => await currentSession().peek(VisitorState) }
        : {}),
    },
    [middleware],
    async () => await store.close(),
  );
}
