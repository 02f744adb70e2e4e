// What described an answer that is not given after all. Headers of other concerns (CORS, security) stay.
const OF_THE_ANSWER =
  /^(?:content-.*|transfer-encoding|etag|last-modified|location|cache-control|expires|accept-ranges|set-cookie)$/i;

/** Those of the names that only make sense with the answer they were set for, and not with the failure that goes out instead. */
export function ofTheAnswer(names: Iterable<string>): string[] {
  return [...names].filter((name) => OF_THE_ANSWER.test(name));
}

/** Whether the app has said that nobody may keep the answer; ours would say less (RFC 9111, 5.2.2.5). */
export function isNoStore(cacheControl: unknown): boolean {
  return typeof cacheControl === "string" && /\bno-store\b/i.test(cacheControl);
}
