import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { delimiter } from "node:path";
import { PersistError } from "../../errors.ts";
import { type ConfigurationPlaces, configurationFiles, mayConfigure } from "./configures.ts";
import { PACKAGE } from "./streamlit-process.ts";

/** A secret that the app keeps in its `st.secrets`. */
export interface AppSecret {
  readonly text: string;
  /** Where it was found, for messages. */
  readonly origin: string;
}

// Those of the package streamlit-persist-session.
const NAMES = /STREAMLIT_PERSIST_SECRET_KEY|persist_secret_key/;
const TIMEOUT = 60_000;
const QUESTION =
  "import sys; sys.path[:] = [path for path in sys.path if path]; " +
  "from persist_session.streamlit.start import print_app_secret; print_app_secret(sys.argv[1:])";

interface Answer {
  readonly name?: string;
  readonly value?: unknown;
}

/**
 * The secret in the app's `st.secrets`, under the names of the package streamlit-persist-session.
 * Streamlit itself reads its files, which takes a second, so it is asked only if a file may hold
 * one.
 *
 * @throws PersistError `ERR_SECRET_FILE` if a file names a secret and Streamlit cannot read it,
 * `ERR_OPTION_INVALID` if it is no text
 */
export async function appSecret(
  python: string,
  places: ConfigurationPlaces,
): Promise<AppSecret | undefined> {
  const naming = configurationFiles("secrets.toml", places).find((file) => names(file));
  if (naming === undefined && !mayConfigure("secrets", places)) return undefined;
  const answer = await ask(python, places);
  if (answer === undefined) {
    // If the unreadable file has nothing to do with us, that is the app's concern.
    if (naming === undefined) return undefined;
    throw new PersistError(
      "ERR_SECRET_FILE",
      `${naming} names a secret for the sessions, and Streamlit cannot read it. Fix the file (TOML), or give the secret as STREAMLIT_PERSIST_SECRET_KEY in the environment.`,
    );
  }
  if (answer.name === undefined) return undefined;
  const origin = `st.secrets["${answer.name}"]`;
  if (typeof answer.value === "string") return { text: answer.value, origin };
  throw new PersistError(
    "ERR_OPTION_INVALID",
    `${origin} must be a text: ${answer.name} = "…". Make one with: openssl rand -base64 32`,
  );
}

function names(file: string): boolean {
  try {
    return NAMES.test(readFileSync(file, "utf8"));
  } catch {
    return false;
  }
}

/** Undefined if Streamlit could not read its secrets. */
async function ask(
  python: string,
  { script, args, cwd, env }: ConfigurationPlaces,
): Promise<Answer | undefined> {
  const path = [PACKAGE, env["PYTHONPATH"]].filter(Boolean).join(delimiter);
  return await new Promise((resolve) => {
    execFile(
      python,
      ["-c", QUESTION, script, ...args],
      { cwd, env: { ...env, PYTHONPATH: path }, timeout: TIMEOUT, encoding: "utf8" },
      (_error, stdout) => {
        // Streamlit may have printed something before.
        resolve(parsed(stdout.trimEnd().split("\n").at(-1) ?? ""));
      },
    );
  });
}

function parsed(line: string): Answer | undefined {
  try {
    return JSON.parse(line) as Answer;
  } catch {
    return undefined;
  }
}
