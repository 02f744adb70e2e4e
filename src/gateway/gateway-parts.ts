import type { Sessions } from "../sessions.ts";
import type { AdoptTickets } from "./adopt-ticket.ts";
import type { Moves } from "./moves.ts";
import type { PageScript } from "./page/script.ts";
import type { UpstreamAddress } from "./proxy/hooks.ts";
import type { ClientTimes } from "./proxy/server-options.ts";
import type { ReadyCheck } from "./ready.ts";
import type { LoginCookies } from "./resume/login-cookies.ts";
import type { Sockets } from "./sockets.ts";
import type { Visitors } from "./visitor.ts";

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
  /** How long a tab's ticket is valid, in milliseconds. */
  readonly ticketLife: number;
  /** Which start of Streamlit this is; undefined if unknown. */
  readonly streamlitStart: () => string | undefined;
  readonly loginCookies: LoginCookies;
  /** Whether a browser gets another session id when somebody signs in. */
  readonly rotateOnLogin: boolean;
  /** Lower case. */
  readonly trustedUserHeaders: readonly string[];
  /** How long clients may take. */
  readonly times: ClientTimes;
  readonly tellsPeer: boolean;
}
