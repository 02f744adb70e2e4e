import { ownOrigins } from "../../identity/index.ts";
import type { Sessions } from "../../sessions/index.ts";
import type { Exchange } from "../proxy/index.ts";
import { originBehindProxy } from "../same-origin.ts";

type Config = Readonly<Record<string, unknown>>;

/** A page gets no more than this in its head, in characters. */
const MAX_TEXT = 4096;

/**
 * The last host-config that Streamlit answered. Newer pages that find it in
 * `window.__streamlit` open their WebSocket at once, and ask for health and host-config meanwhile;
 * older ones ignore it.
 */
export class KnownHostConfig {
  #config: Config | undefined;
  #start: string | undefined;
  readonly #streamlitStart: () => string | undefined;

  /** @param streamlitStart - another start of Streamlit may have another configuration */
  constructor(streamlitStart: () => string | undefined) {
    this.#streamlitStart = streamlitStart;
  }

  /**
   * The answer for a page, which is allowed messages of its own window: by these our script asks
   * for a run.
   */
  answer(sessions: Sessions, exchange: Exchange, config: Record<string, unknown>) {
    this.#config = config;
    this.#start = this.#streamlitStart();
    return withOwnOrigins(sessions, exchange, config);
  }

  /**
   * The same for the head of a page. Undefined if it is not known, and for a browser without
   * Streamlit's XSRF cookie: that comes with health, and a socket that is opened before it would
   * have no user.
   */
  text(sessions: Sessions, exchange: Exchange): string | undefined {
    const cookie = exchange.request.headers.cookie ?? "";
    if (this.#config === undefined || this.#start !== this.#streamlitStart()) return undefined;
    if (!/(?:^|;\s*)_streamlit_xsrf=/.test(cookie)) return undefined;
    const text = JSON.stringify(withOwnOrigins(sessions, exchange, this.#config));
    return text.length > MAX_TEXT ? undefined : text;
  }
}

function withOwnOrigins(
  sessions: Sessions,
  exchange: Exchange,
  config: Config,
): Record<string, unknown> {
  const { secure, host } = exchange;
  const { allowedOrigins } = config;
  if (!Array.isArray(allowedOrigins)) return config;
  const behindProxy = originBehindProxy(exchange);
  return {
    ...config,
    allowedOrigins: [
      ...(allowedOrigins as unknown[]),
      ...ownOrigins({ secure, host }),
      ...(behindProxy === undefined ? [] : [behindProxy]),
      ...sessions.allowedOrigins,
    ],
  };
}
