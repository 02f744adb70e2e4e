import type { Sessions } from "../sessions/index.ts";
import type { AdoptTickets } from "./tickets/index.ts";
import type { Frames, KeptRuns } from "./frame/index.ts";
import type { CookieChanges, LoginCookies, Moves, Sockets, Visitors } from "./tabs/index.ts";
import type { KnownHostConfig, PageScript, ReadyCheck } from "./page/index.ts";
import type { ClientTimes, UpstreamAddress } from "./proxy/index.ts";

/** What the parts of one gateway share. */
export interface GatewayParts {
  readonly sessions: Sessions;
  readonly visitors: Visitors;
  readonly sockets: Sockets;
  readonly moves: Moves;
  readonly adoptTickets: AdoptTickets;
  readonly readyCheck: ReadyCheck;
  readonly script: Promise<PageScript>;
  readonly upstream: () => UpstreamAddress;
  readonly basePath: string;
  /** Whether a reloaded page gets its live Streamlit session back. */
  readonly resume: boolean;
  /** What the pages show. */
  readonly frames: Frames;
  /** The runs that go on without a page. */
  readonly runs: KeptRuns;
  /** Whether a reloaded page shows its former content at once. */
  readonly lastFrame: boolean;
  /** How long a tab's ticket is valid, in milliseconds. */
  readonly ticketLife: number;
  /** Which start of Streamlit this is; undefined if unknown. */
  readonly streamlitStart: () => string | undefined;
  readonly loginCookies: LoginCookies;
  readonly cookieChanges: CookieChanges;
  /** Whether a browser gets another session id when a user signs in. */
  readonly rotateOnLogin: boolean;
  /** Lower case. */
  readonly trustedUserHeaders: readonly string[];
  /**
   * The last host-config that Streamlit sent. With it, a page can connect before it has fetched its
   * own copy.
   */
  readonly hostConfig: KnownHostConfig;
  /** How long clients may take. */
  readonly times: ClientTimes;
  readonly tellsPeer: boolean;
  /** How many tabs have session state that is kept over restarts; undefined if nothing is kept. */
  readonly keptTabs: (() => number | undefined) | undefined;
}
