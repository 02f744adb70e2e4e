/** What `within` rejects with when the time is over. */
export const TOO_LATE = new Error("no answer came in time");

/**
 * Gives the result of the work, or rejects with TOO_LATE if it takes longer. The work itself
 * continues.
 */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(
      // After a blocked event loop the timer fires before an answer that has already arrived is
      // seen. This lets it be seen first.
      () => setImmediate(() => reject(TOO_LATE)),
      Math.max(0, milliseconds),
    );
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
