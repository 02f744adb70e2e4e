import type { Exchange } from "./proxy/index.ts";
import type { ProxyTrust } from "../identity/index.ts";

/** How much of a header is read, in characters. What proxies say about the protocol is short. */
const MAX_LENGTH = 1024;
const FORWARDED_HTTPS = /\bproto="?https\b/i;
const PROTO_HTTPS = /(?:^|,)[ \t]{0,8}(?:https|wss)[ \t]{0,8}(?:,|$)/i;

/**
 * Tells the operator, once, that an untrusted peer claims HTTPS: behind a proxy that terminates TLS
 * the cookie is then sent without `Secure`, and pages seem to come over plain HTTP.
 */
export class UntrustedProxyWarning {
  readonly #trust: ProxyTrust;
  readonly #warn: (line: string) => void;
  #said = false;

  constructor(trust: ProxyTrust, warn: (line: string) => void) {
    this.#trust = trust;
    this.#warn = warn;
  }

  check({ request, secure }: Pick<Exchange, "request" | "secure">): void {
    if (this.#said || secure || !saysHttps(request.headers)) return;
    const address = request.socket.remoteAddress;
    if (this.#trust.trusts(address)) return;
    this.#said = true;
    this.#warn(
      `a peer at ${address ?? "an unknown address"} says that the browser came over HTTPS, and is not trusted to: the session's cookie goes out without Secure. ` +
        "If that is your own proxy, name its address by --trust-proxy (loopback for one on this machine).",
    );
  }
}

function saysHttps(headers: Exchange["request"]["headers"]): boolean {
  const { forwarded } = headers;
  const proto = headers["x-forwarded-proto"];
  const said = Array.isArray(proto) ? proto.join(",") : proto;
  return (
    (said !== undefined && PROTO_HTTPS.test(said.slice(0, MAX_LENGTH))) ||
    (forwarded !== undefined && FORWARDED_HTTPS.test(forwarded.slice(0, MAX_LENGTH)))
  );
}
