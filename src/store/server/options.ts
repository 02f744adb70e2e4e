import { PersistError } from "../../errors.ts";

/** How long a call may take if the options do not say so, in milliseconds. */
export const DEFAULT_TIMEOUT = 5000;
/**
 * The server remembers commits for longer than this, so a repeated attempt is always recognised. In
 * milliseconds.
 */
export const MAX_TIMEOUT = 60_000;

/** @throws PersistError `ERR_OPTION_INVALID` unless exactly one of the two is given */
export function checkUrlOrClient(
  store: string,
  options: { readonly url?: unknown; readonly client?: unknown },
  example: string,
): void {
  if ((options.url === undefined) !== (options.client === undefined)) return;
  throw invalid(`The ${store} store needs either a URL or a client: ${example}.`);
}

/** @throws PersistError `ERR_OPTION_INVALID` unless the value is a number from `min` to `max` */
export function checkNumber(name: string, value: number, min: number, max: number): number {
  if (Number.isFinite(value) && value >= min && value <= max) return value;
  throw invalid(`The option ${name} is a number from ${min} to ${max}.`);
}

/** The error for an option of a store. */
export function invalid(message: string): PersistError {
  return new PersistError("ERR_OPTION_INVALID", message);
}

/** A store URL without our own parameters, and those. */
export interface ServerUrl {
  readonly url: URL;
  readonly params: ReadonlyMap<string, string>;
}

/**
 * Separates our own parameters from a store URL.
 *
 * @param usage - what a valid URL looks like; the message never repeats the URL, which may hold a
 *   password
 * @throws PersistError `ERR_STORE_URL`
 */
export function parseServerUrl(
  text: string,
  protocols: readonly string[],
  ours: readonly string[],
  usage: string,
): ServerUrl {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !protocols.includes(url.protocol)) throw wrongUrl(usage);
  const params = new Map<string, string>();
  for (const name of ours) {
    const value = url.searchParams.get(name);
    if (value !== null) params.set(name, value);
    url.searchParams.delete(name);
  }
  return { url, params };
}

export function wrongUrl(usage: string): PersistError {
  return new PersistError(
    "ERR_STORE_URL",
    `${usage} Write special characters in the password as %40 for @ and so on.`,
  );
}
