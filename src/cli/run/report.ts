import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/**
 * What Streamlit reports about its configuration (config.toml, environment and options) and its
 * versions.
 */
export interface StreamlitReport {
  /** `server.port`, if it was set. It is meant for browsers, so the gateway uses it. */
  readonly port?: number;
  /** `server.address`, if it was set. */
  readonly address?: string;
  /** `server.baseUrlPath`, if it was set. */
  readonly basePath?: string;
  /** The names of headers that Streamlit accepts as a trusted proxy's. */
  readonly trustedUserHeaders: readonly string[];
  /** Whether the configuration asks Streamlit for HTTPS. */
  readonly https: boolean;
  readonly streamlit: string;
  readonly python: string;
}

/** Where Streamlit's own routes are in the served application. */
export interface Served {
  /**
   * The path that `st.App` is mounted below, "" for the root; null if it was not found, or its path
   * has parameters.
   */
  readonly mount: string | null;
  /** What is served instead, in words for the log. */
  readonly instead?: string;
}

/**
 * What the start module writes: a line of JSON with the configuration, then one with what is
 * served.
 */
export interface Reports {
  /** Undefined if the pipe ends before. */
  readonly configuration: Promise<StreamlitReport | undefined>;
  /** Known once the app's module was imported. Undefined if the pipe ends before. */
  readonly served: Promise<Served | undefined>;
}

export function readReports(pipe: Readable): Reports {
  const lines = createInterface({ input: pipe })[Symbol.asyncIterator]();
  const configuration = nextLine<StreamlitReport>(lines);
  return { configuration, served: configuration.then(() => nextLine<Served>(lines)) };
}

async function nextLine<T>(lines: AsyncIterator<string>): Promise<T | undefined> {
  try {
    const { value, done } = await lines.next();
    return done === true ? undefined : (JSON.parse(value) as T);
  } catch {
    return undefined;
  }
}
