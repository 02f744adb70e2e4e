import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";

/** The sources of Streamlit's configuration. */
export interface ConfigurationPlaces {
  readonly script: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: { readonly [name: string]: string | undefined };
}

/**
 * Whether Streamlit's configuration may hold an option whose name ends in this word: the word anywhere is enough. Streamlit reports
 * the real value once it has started. If this gives false, the default applies for sure.
 */
export function mayConfigure(word: "address" | "port", places: ConfigurationPlaces): boolean {
  const { script, args, cwd, env } = places;
  const path = resolve(cwd, script);
  const files = [env["HOME"] ?? homedir(), cwd, dirname(path), path].map((directory) =>
    read(join(directory, ".streamlit/config.toml")),
  );
  const variables = Object.keys(env).filter((name) => name.startsWith("STREAMLIT_"));
  return [...files, ...variables, ...args].some((text) => text.toLowerCase().includes(word));
}

/** Reads a configuration file. If it cannot be read, assumes that it may hold anything. */
function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "ENOTDIR" ? "" : "port, address";
  }
}
