/**
 * When a start that is not over is first reported, in milliseconds; later reports come after twice
 * the time each.
 */
const FIRST = 30_000;

/**
 * Reports at growing intervals what a start still waits for.
 *
 * @param what - what it waits for now, as the end of a sentence
 * @param first - when it is said first, in milliseconds
 * @returns what ends it
 */
export function tellOfLongWait(
  log: (line: string) => void,
  what: () => string,
  first: number = FIRST,
): () => void {
  let waited = first;
  const tell = (): void => {
    log(`Streamlit is not ready after ${Math.round(waited / 100) / 10} s: ${what()}`);
    timer = setTimeout(tell, waited);
    waited *= 2;
  };
  let timer = setTimeout(tell, first);
  return () => clearTimeout(timer);
}
