/** What `within` rejects with when the time is over. */
export const TOO_LATE = new Error("no answer came in time");

/** The result of the work, or TOO_LATE where it takes longer. The work itself goes on. */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(
      // An event loop that was blocked finds the time over before it has seen the answer that is there: it may look first.
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
