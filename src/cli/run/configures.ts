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
 * Whether Streamlit's configuration may hold an option whose name has this word: the word anywhere
 * is enough. Streamlit reports the real value once it has started. If this returns false, the
 * default certainly applies.
 */
export function mayConfigure(
  word: "address" | "port" | "secrets",
  places: ConfigurationPlaces,
): boolean {
  const { args, env } = places;
  const files = configurationFiles("config.toml", places).map((file) => read(file));
  const variables = Object.keys(env).filter((name) => name.startsWith("STREAMLIT_"));
  return [...files, ...variables, ...args].some((text) => text.toLowerCase().includes(word));
}

/** Where Streamlit looks for a file of its own, whatever its version; the last one counts most. */
export function configurationFiles(name: string, places: ConfigurationPlaces): string[] {
  const { script, cwd, env } = places;
  const path = resolve(cwd, script);
  const directories = [env["HOME"] ?? homedir(), cwd, dirname(path), path];
  return directories.map((directory) => join(directory, ".streamlit", name));
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
