import { PersistError } from "../../errors.ts";
import type { UpstreamAddress } from "../../gateway/index.ts";

const VARIABLE = "PERSIST_SESSION_HANDOVER";

/**
 * What a Streamlit that was started elsewhere hands to the gateway. Descriptors are those of this
 * process.
 */
export interface Handover {
  /** Listening sockets: those that Streamlit opened for browsers. */
  readonly listen: readonly number[];
  /** A pipe: one line of JSON goes there, as soon as the gateway serves or is known not to. */
  readonly report: number;
  /** A pipe that ends when Streamlit's process does. */
  readonly parent: number;
  /** Where Streamlit listens for the gateway. */
  readonly upstream: UpstreamAddress;
  /**
   * Where Streamlit's routes are: its `server.baseUrlPath`, below the path that `st.App` is mounted
   * at.
   */
  readonly basePath: string;
  /** Names this start of Streamlit. */
  readonly start: string;
  /** The names in Streamlit's `server.trustedUserHeaders`. */
  readonly trustedUserHeaders: readonly string[];
  /** The files of Streamlit's own options `server.sslCertFile` and `server.sslKeyFile`. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/**
 * Reads the handover from the environment.
 *
 * @throws PersistError `ERR_USAGE` if there is none
 */
export function readHandover(env: NodeJS.ProcessEnv): Handover {
  const text = env[VARIABLE];
  if (text === undefined) {
    throw new PersistError(
      "ERR_USAGE",
      "This command is started by persist-session's Python package alone. Run: streamlit run app.py",
    );
  }
  return JSON.parse(text) as Handover;
}
