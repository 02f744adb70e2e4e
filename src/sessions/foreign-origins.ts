import type { OriginClaims } from "../identity/index.ts";

/**
 * Milliseconds between two lines about foreign origins: any page of the web can make a browser
 * connect.
 */
const PAUSE = 60_000;
const MAX_LENGTH = 200;

/** Logs that a page of another origin did not get the session, at most once in an interval. */
export class ForeignOrigins {
  readonly #warn: (line: string) => void;
  #nextAt = 0;
  #unsaid = 0;

  constructor(warn: (line: string) => void) {
    this.#warn = warn;
  }

  /** @param outcome - what became of the connection */
  tell({ origin, host }: OriginClaims, outcome: string, now = Date.now()): void {
    if (now < this.#nextAt) {
      this.#unsaid++;
      return;
    }
    this.#nextAt = now + PAUSE;
    const more = this.#unsaid === 0 ? "" : ` (and ${this.#unsaid} more in the meantime)`;
    this.#unsaid = 0;
    this.#warn(
      `a page of ${shown(origin)} asked for a WebSocket of ${shown(host)}, and only pages of the same origin get their session there: ` +
        `${outcome}${more}. If that page is yours, name its origin with --allow-origin (the option allowOrigin of the library); behind a proxy that changes the Host header, ` +
        "pass the browser's on, or trust the proxy and have it send X-Forwarded-Host.",
    );
  }
}

function shown(text: string | undefined): string {
  return text === undefined ? "an unknown origin" : JSON.stringify(text.slice(0, MAX_LENGTH));
}
