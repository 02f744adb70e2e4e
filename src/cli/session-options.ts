import { dirname } from "node:path";
import { PersistError } from "../errors.ts";
import {
  cookieSettings,
  type Duration,
  parseDuration,
  readSecretFile,
  stretchPassphrase,
} from "../identity/index.ts";
import type { SessionsOptions } from "../sessions/index.ts";
import { parseStoreUrl } from "../store/index.ts";
import { checked } from "./checked.ts";
import type { OptionTable, OptionValues } from "./command.ts";
import { readPrivateFile } from "./private-file.ts";
import { namedStore, passwordFileOption, storeUrl } from "./store-url.ts";

/** The options for the store and the secret, the same for every command that opens one. */
export const storeOptions = {
  store: {
    type: "string",
    value: "URL",
    help: "where state is kept: lmdb:./dir, redis://host, postgres://host/db, memory:",
    preset: "PERSIST_SESSION_STORE, else LMDB in the state directory",
  },
  "store-password-file": passwordFileOption("store"),
  "state-dir": {
    type: "string",
    value: "DIR",
    help: "directory of the embedded store, the secret and the service's socket",
    preset: ".persist-session",
  },
  "secret-file": {
    type: "string",
    value: "FILE",
    help: "file with the secret; several, newest first, one a line",
    preset:
      "PERSIST_SESSION_SECRET, else STREAMLIT_PERSIST_SECRET_KEY, else made once in the state directory",
  },
  "cookie-name": {
    type: "string",
    value: "NAME",
    help: "name of the session cookie",
    preset: "persist-session, with an id of the app if the secret is ours",
  },
  ttl: {
    type: "string",
    value: "TIME",
    help: 'how long a session is kept after its last use: "90s", "12h", "30d"',
    preset: "30d",
  },
} as const satisfies OptionTable;

/** The state directory that these options mean. */
export function stateDirectory(values: OptionValues<typeof storeOptions>): string {
  const store = namedStore("store", values.store);
  const embedded = store === undefined ? undefined : parseStoreUrl(store).directory;
  return values["state-dir"] ?? embedded ?? ".persist-session";
}

/** A secret as the Python package streamlit-persist-session takes it: any text, to be stretched. */
export interface Passphrase {
  readonly text: string;
  /** Where it was found, for messages. */
  readonly origin: string;
}

const PASSPHRASE_VARIABLE = "STREAMLIT_PERSIST_SECRET_KEY";

/** Whether the operator has given a secret, which takes precedence over every passphrase. */
export function isSecretGiven(values: OptionValues<typeof storeOptions>): boolean {
  return values["secret-file"] !== undefined || process.env["PERSIST_SESSION_SECRET"] !== undefined;
}

/**
 * The options of `createSessions` for the given values. Leaves out options that were not given.
 *
 * @param passphrase - used if the operator has given no secret; default: that of the environment,
 *   if there is one
 */
export function sessionsOptions(
  values: OptionValues<typeof storeOptions>,
  passphrase: Passphrase | undefined = passphraseOf(process.env),
): SessionsOptions {
  const file = values["secret-file"];
  const given =
    file !== undefined
      ? readSecrets(file)
      : passphrase !== undefined && !isSecretGiven(values)
        ? stretched(passphrase)
        : undefined;
  const name = cookieNameOption(values["cookie-name"]) ?? given?.cookieName;
  const store = storeUrl({
    role: "store",
    url: values.store,
    passwordFile: values["store-password-file"],
  });
  return {
    ...(store !== undefined && { store }),
    ...(values["state-dir"] !== undefined && { stateDir: values["state-dir"] }),
    ...(values.ttl !== undefined && { ttl: durationOption("ttl", values.ttl) / 1000 }),
    ...(given !== undefined && { secret: given.secret }),
    ...(name !== undefined && { cookie: { name } }),
  };
}

/** The milliseconds of an option. @throws UsageError if it is not a duration */
export function durationOption(option: string, text: string): number {
  // On a command line everything is text, so a bare number means seconds.
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : (text as Duration);
  const takes =
    'a time above zero and of at most 36500 days: a number of seconds, or one with a unit such as "90s", "30m", "12h" or "30d"';
  return checked(option, takes, () => parseDuration(value, option));
}

function cookieNameOption(name: string | undefined): string | undefined {
  const takes =
    "1 to 100 letters, digits or characters of !#$%&'*+-.^_`|~, and no prefix: __Host- is added over HTTPS";
  if (name !== undefined) checked("cookie-name", takes, () => cookieSettings({ name }));
  return name;
}

interface GivenSecret {
  readonly secret: readonly string[];
  readonly cookieName?: string;
}

/** The passphrase of the environment. */
export function passphraseOf(env: NodeJS.ProcessEnv): Passphrase | undefined {
  const text = env[PASSPHRASE_VARIABLE];
  return text === undefined ? undefined : { text, origin: PASSPHRASE_VARIABLE };
}

/**
 * Two apps on one host have two passphrases, so their cookies have two names: browsers would mix
 * them up otherwise.
 */
export function stretched({ text, origin }: Passphrase): GivenSecret {
  const { secret, id } = stretchPassphrase(text, origin);
  return { secret: [secret], cookieName: `persist-session-${id}` };
}

/**
 * The secrets in a file, newest first, and the cookie name that was made with
 * them. @throws PersistError `ERR_SECRET_FILE`
 */
export function readSecrets(path: string): GivenSecret {
  const remedy = `Make one with: (umask 077; openssl rand -base64 32 > ${path})`;
  const content = readPrivateFile({
    path,
    what: "The secret file",
    code: "ERR_SECRET_FILE",
    remedy,
  });
  // A secret that we made ourselves, for example on another machine, keeps the cookie name that was
  // made with it.
  if (content.startsWith("persist-session secret ")) {
    const made = readSecretFile(path);
    if (made !== undefined)
      return { secret: [made.secret], cookieName: `persist-session-${made.appId}` };
  }
  const secrets = content
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  if (secrets.length > 0) return { secret: secrets };
  throw new PersistError(
    "ERR_SECRET_FILE",
    `The secret file ${path} in ${dirname(path)} is empty. ${remedy}`,
  );
}
