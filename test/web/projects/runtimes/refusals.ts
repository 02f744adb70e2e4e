import { createSessions } from "persist-session";
import { openLmdbStore } from "persist-session/store/lmdb";

async function codeOf(work: () => unknown): Promise<unknown> {
  try {
    await work();
    return "no error";
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

const quiet = { sweepInterval: false, log() {} } as const;

/** Tells what a runtime without files refuses. */
export default {
  async fetch(): Promise<Response> {
    const secret = "p3VtQ0x8bYw1nKzR6sJfG2hLdM7cEaUi";
    return Response.json([
      await codeOf(() => openLmdbStore({ path: "data" })),
      await codeOf(() =>
        createSessions({ ...quiet, secret })
          .list()
          .next(),
      ),
      await codeOf(() => createSessions(quiet)),
    ]);
  },
};
