import { BlockList, isIP, type Socket, SocketAddress } from "node:net";
import { PersistError } from "../errors.ts";

/**
 * Whose `X-Forwarded-*` headers count: no one's (`false` or `"none"`, the default), those of peers
 * on this machine (`"loopback"`), or those of the listed addresses and CIDR ranges (IPv4, IPv6; the
 * list may contain `"loopback"`).
 */
export type TrustProxy = false | "none" | "loopback" | (string & {}) | readonly string[];

/** A checked `trustProxy` option. */
export interface ProxyTrust {
  /** Whether the address belongs to a trusted proxy. False for text that is not an address. */
  trusts(address: string | undefined): boolean;
}

/** Headers as Node gives them (names in lower case) or as a `Headers` object. */
export type HeaderSource =
  | { readonly [name: string]: string | readonly string[] | undefined }
  | { get(name: string): string | null };

/** The browser's request, as trusted proxies describe it. */
export interface Forwarded {
  /** Whether the browser came over HTTPS. */
  readonly secure: boolean;
  /** The nearest address that is not a trusted proxy's; "" if it is unknown. */
  readonly address: string;
  /** The host that the browser asked for, with its port if it named one. */
  readonly host?: string;
  /** Whether the direct peer is a trusted proxy. */
  readonly trusted: boolean;
}

type Lists = Readonly<Record<"ipv4" | "ipv6", BlockList>>;

const LOOPBACK = ["127.0.0.0/8", "::1"];
const RANGE = /^([0-9a-f:.]{2,45})(?:\/(0|[1-9]\d{0,2}))?$/i;
const HOST = /^(?:[a-z0-9_](?:[a-z0-9_.-]{0,252})|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i;
const WITH_PORT = /^(?:\[([^\]]{2,60})\]|([0-9.]{7,15}))(?::\d{1,5})?$/;

/**
 * The maximum length of an address chain that is followed. Each address costs a lookup in the list
 * of trusted ones.
 */
export const MAX_PROXIES = 100;
const MAX_PORT = 65_535;

/**
 * Whether the text can be a Host header's value: a name or an address, and a port if it has one.
 */
export function isHost(text: string): boolean {
  if (!HOST.test(text)) return false;
  const port = /:(\d+)$/.exec(text)?.[1];
  return port === undefined || text.endsWith("]") || Number(port) <= MAX_PORT;
}

/**
 * Checks the `trustProxy` option, once, at start.
 *
 * @throws `ERR_OPTION_INVALID` for anything that is not an address or a range
 */
export function parseTrustProxy(option: TrustProxy = false): ProxyTrust {
  if (option === false || option === "none") return { trusts: () => false };
  // One list for each family: a common list would count IPv4 addresses as members of short IPv6
  // ranges.
  const lists: Lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  const entries: readonly unknown[] =
    typeof option === "string" ? [option] : Array.isArray(option) ? option : [true];
  for (const entry of entries.flatMap((item) => (item === "loopback" ? LOOPBACK : [item])))
    addRange(lists, entry);
  return {
    trusts(address) {
      const known = normalAddress(address);
      if (known === undefined) return false;
      const family = isIP(known) === 4 ? "ipv4" : "ipv6";
      return lists[family].check(known, family);
    },
  };
}

/** Whether a socket is TLS. */
export function isEncrypted(socket: Socket): boolean {
  return "encrypted" in socket && socket.encrypted === true;
}

/**
 * Reads `X-Forwarded-For`, `-Proto` and `-Host`, but only if the direct peer is a trusted proxy.
 * Walks the addresses from the right, since each proxy adds its own peer there, up to the first
 * that is not trusted. Of the other two headers, takes the entry that the farthest of these proxies
 * can have written: entries that a client made up do not count. Ignores malformed values. At most
 * 100 proxies are followed.
 *
 * @param remoteAddress - the peer of the socket
 * @param encrypted - whether that socket is TLS
 */
export function forwarded(
  headers: HeaderSource,
  remoteAddress: string | undefined,
  encrypted: boolean,
  trust: ProxyTrust,
): Forwarded {
  const own = read(headers, "host").find((host) => HOST.test(host));
  let address = normalAddress(remoteAddress) ?? "";
  if (!trust.trusts(address))
    return { secure: encrypted, address, ...(own && { host: own }), trusted: false };

  let proxies = 0;
  const addresses = read(headers, "x-forwarded-for");
  while (proxies < MAX_PROXIES && trust.trusts(address)) {
    proxies++;
    const next = normalAddress(withoutPort(addresses.pop()));
    // An entry that is not an address ends the walk: its author is unknown.
    if (next === undefined) break;
    address = next;
  }
  const proto = written(read(headers, "x-forwarded-proto"), proxies)?.toLowerCase();
  const secure =
    proto === "https" || proto === "wss" || (proto !== "http" && proto !== "ws" && encrypted);
  const given = written(read(headers, "x-forwarded-host"), proxies);
  const host = given !== undefined && HOST.test(given) ? given : own;
  return { secure, address, ...(host && { host }), trusted: true };
}

/**
 * The entry of the farthest of this many proxies, or the entry nearest to it: not every proxy adds
 * to every header.
 */
function written(entries: readonly string[], proxies: number): string | undefined {
  return entries[Math.max(0, entries.length - proxies)];
}

function read(headers: HeaderSource, name: string): string[] {
  const value: unknown =
    typeof headers["get"] === "function"
      ? headers["get"](name)
      : (headers as Record<string, unknown>)[name];
  const text = Array.isArray(value) ? value.join(",") : value;
  return typeof text === "string" && text !== ""
    ? text.split(",").map((entry) => entry.trim())
    : [];
}

/**
 * Makes an address canonical: drops an IPv6 zone, and writes an IPv4-mapped IPv6 address as IPv4.
 */
function normalAddress(address: string | undefined): string | undefined {
  const text = address?.replace(/%.*$/s, "") ?? "";
  const version = isIP(text);
  if (version !== 6) return version === 4 ? text : undefined;
  const canonical = new SocketAddress({ address: text, family: "ipv6" }).address;
  const mapped = /^::ffff:([0-9.]+)$/.exec(canonical)?.[1];
  return mapped ?? canonical;
}

function withoutPort(entry: string | undefined): string | undefined {
  const [, ipv6, ipv4] = WITH_PORT.exec(entry ?? "") ?? [];
  return ipv6 ?? ipv4 ?? entry;
}

function addRange(lists: Lists, entry: unknown): void {
  const [, text, bits] = (typeof entry === "string" && RANGE.exec(entry)) || [];
  const version = isIP(text ?? "");
  const address = normalAddress(text);
  const longest = version === 4 ? 32 : 128;
  const prefix = bits === undefined ? longest : Number(bits);
  if (address === undefined || prefix > longest) throw invalid();
  if (isIP(address) === version) {
    const family = version === 4 ? "ipv4" : "ipv6";
    lists[family].addSubnet(address, prefix, family);
  } else {
    // ::ffff:10.0.0.0/104 is 10.0.0.0/8: the first 96 bits are the mapping itself.
    if (prefix < 96) throw invalid();
    lists.ipv4.addSubnet(address, prefix - 96, "ipv4");
  }
}

function invalid(): PersistError {
  return new PersistError(
    "ERR_OPTION_INVALID",
    'trustProxy must be false, "none", "loopback", or a list of IP addresses and CIDR ranges such as ["10.0.0.0/8", "fd00::/8"]. ' +
      "Name only what your own proxies connect from.",
  );
}
