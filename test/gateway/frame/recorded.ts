import { readFileSync } from "node:fs";

/**
 * The versions of Streamlit that were recorded: two runs of `test/streamlit/apps/everything.py`,
 * with a text typed in between.
 */
export const VERSIONS = ["1.45", "1.57", "1.67"] as const;

export interface Recorded {
  readonly isFromPage: boolean;
  readonly bytes: Buffer;
}

/**
 * What went over a page's WebSocket. Each line of the file is a side, `s` or `p`, and a message.
 */
export function recorded(version: string): Recorded[] {
  const file = new URL(`recorded/${version}.txt`, import.meta.url);
  return readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => ({
      isFromPage: line.startsWith("p"),
      bytes: Buffer.from(line.slice(2), "base64"),
    }));
}
