import type { Readable } from "node:stream";

/** What Streamlit's configuration says (config.toml, environment and options), and who runs. */
export interface StreamlitReport {
  /** `server.port`, where it was set: meant for browsers, so it is the gateway's. */
  readonly port?: number;
  /** `server.address`, where it was set. */
  readonly address?: string;
  /** `server.baseUrlPath`, where it was set. */
  readonly basePath?: string;
  /** The names of headers that Streamlit takes for a trusted proxy's. */
  readonly trustedUserHeaders: readonly string[];
  /** Whether the configuration asks Streamlit for HTTPS. */
  readonly https: boolean;
  readonly streamlit: string;
  readonly python: string;
}

/** Reads the line of JSON that the start module writes; undefined where the pipe ends before. */
export async function readReport(pipe: Readable): Promise<StreamlitReport | undefined> {
  let text = "";
  try {
    for await (const piece of pipe.setEncoding("utf8")) {
      text += String(piece);
      if (text.includes("\n")) break;
    }
    return JSON.parse(text) as StreamlitReport;
  } catch {
    return undefined;
  }
}
