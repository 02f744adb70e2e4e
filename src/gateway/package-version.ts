import { readFileSync } from "node:fs";

let read: string | undefined;

/** The version of this package. */
export function packageVersion(): string {
  if (read === undefined) {
    const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
    read = (JSON.parse(manifest) as { version: string }).version;
  }
  return read;
}
