import { isPersistError } from "../../errors.ts";

/** What Nitro names the page by that it prerenders. From a visitor the header means nothing. */
export const PRERENDER_HEADER = "x-nitro-prerender";

/**
 * Answers a request though no sessions can be made. Files, the error page and everything else that
 * needs no session are answered as usual; the rest fails with the reason.
 *
 * @param failure - why there are none
 */
export async function withoutSessions<T>(failure: unknown, work: () => T): Promise<Awaited<T>> {
  try {
    return await work();
  } catch (error) {
    throw isPersistError(error, "ERR_NO_SESSION") ? failure : error;
  }
}
