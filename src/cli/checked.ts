import { UsageError } from "./usage-error.ts";

/**
 * Parses an option with the library's own parser, and turns its error into a usage error that names
 * the flag.
 */
export function checked<T>(option: string, takes: string, read: () => T): T {
  try {
    return read();
  } catch {
    throw new UsageError(`--${option} takes ${takes}.`);
  }
}
