import { PersistError } from "../../errors.ts";

const SERVERS = /^(?:rediss?|postgres(?:ql)?):$/;

/**
 * The URL of a store with its password, for a password that comes from elsewhere: on a command
 * line, every user of the machine could read it. Any text may be a password; it is escaped for the
 * URL.
 *
 * @param source - where the password came from, for messages
 * @throws PersistError `ERR_STORE_URL` if the store has none, or the URL has one already
 */
export function withStorePassword(url: string, password: string, source: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  // The code that opens the store says what is wrong with the URL itself.
  if (parsed === undefined) return url;
  if (!SERVERS.test(parsed.protocol)) {
    throw new PersistError(
      "ERR_STORE_URL",
      `${source} gives a password, and a store of the kind "${parsed.protocol}" has none. Leave the password out, or name the store that it is for.`,
    );
  }
  if (parsed.password !== "" || parsed.searchParams.has("password")) {
    throw new PersistError(
      "ERR_STORE_URL",
      `The password of the store is given twice: in its URL and by ${source}. Take it out of the URL.`,
    );
  }
  if (password === "")
    throw new PersistError(
      "ERR_STORE_URL",
      `${source} gives an empty password. Leave it out, or give one.`,
    );
  // A URL without a host, as for a Unix socket, has no place for a password before it.
  if (parsed.host === "") parsed.searchParams.set("password", password);
  else parsed.password = encodeURIComponent(password);
  return parsed.href;
}

/** The URL of a store's options, with the password that stands beside it. */
export function withOptionPassword(url: string, password: string | undefined): string {
  return password === undefined ? url : withStorePassword(url, password, "the option password");
}
