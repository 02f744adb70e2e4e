import { UsageError } from "./usage-error.ts";

/** Has the library read the value of an option. Where it refuses, that is a mistake on the command line, told in the words of that. */
export function checked<T>(option: string, takes: string, read: () => T): T {
  try {
    return read();
  } catch {
    throw new UsageError(`--${option} takes ${takes}.`);
  }
}
