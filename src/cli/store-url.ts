import { withStorePassword } from "../store/index.ts";
import type { OptionSpec } from "./command.ts";
import { readPrivateFile } from "./private-file.ts";
import { UsageError } from "./usage-error.ts";

/**
 * Which of a command's stores it is: the option that names it, and the prefix of its environment
 * variables.
 */
export type StoreRole = "store" | "from" | "to";

/** What the command line says about a store. */
export interface StoreValues {
  readonly role: StoreRole;
  /** The value of `--store`, `--from` or `--to`. */
  readonly url: string | undefined;
  /** The value of `--store-password-file` or a similar option. */
  readonly passwordFile: string | undefined;
  /** Default `process.env`. */
  readonly env?: NodeJS.ProcessEnv;
}

/** The option for a file with the password. */
export function passwordFileOption(role: StoreRole) {
  return {
    type: "string",
    value: "FILE",
    help: `file with the password of --${role}, for redis:// and postgres://`,
    preset: `${variableOf(role)}_PASSWORD, or the file that ${variableOf(role)}_PASSWORD_FILE names`,
    saidBy: [`${variableOf(role)}_PASSWORD`, `${variableOf(role)}_PASSWORD_FILE`],
  } as const satisfies OptionSpec;
}

/**
 * The URL of the store, with its password. The URL is the option's, else the environment's
 * (`PERSIST_SESSION_STORE`). The password is in it, or comes from a file or the environment.
 *
 * @returns undefined if no store is named
 * @throws UsageError if the password is given twice or has no store; PersistError `ERR_STORE_URL`
 * if the store takes none
 */
export function storeUrl({
  role,
  url,
  passwordFile,
  env = process.env,
}: StoreValues): string | undefined {
  const variable = variableOf(role);
  const named = namedStore(role, url, env);
  const file = env[`${variable}_PASSWORD_FILE`];
  const text = env[`${variable}_PASSWORD`];
  const [password, other] = [
    passwordFile === undefined ? undefined : fromFile(`--${role}-password-file`, passwordFile),
    file === undefined ? undefined : fromFile(`${variable}_PASSWORD_FILE`, file),
    text === undefined ? undefined : { source: `${variable}_PASSWORD`, read: () => text },
  ].filter((given) => given !== undefined);
  if (password === undefined) return named;
  const { source, read } = password;
  if (other !== undefined) {
    throw new UsageError(
      `The password of the store is given twice: by ${source} and by ${other.source}. Leave one of them out.`,
    );
  }
  if (named === undefined)
    throw new UsageError(
      `${source} gives a password, and no store that has one is named: --${role} redis://… or postgres://…`,
    );
  return withStorePassword(named, read(), source);
}

/** The URL as it was named, without a password that comes from elsewhere. */
export function namedStore(
  role: StoreRole,
  url: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
): string | undefined {
  const named = env[variableOf(role)];
  return url ?? (named === "" ? undefined : named);
}

function variableOf(role: StoreRole): string {
  return `PERSIST_SESSION_${role.toUpperCase()}`;
}

function fromFile(source: string, path: string): { source: string; read: () => string } {
  const read = (): string => {
    const content = readPrivateFile({
      path,
      what: "The password file",
      code: "ERR_STORE_URL",
      remedy: "Name a file with the password in its one line.",
    });
    // Editors and echo add a line break at the end; everything else belongs to the password.
    const line = content.replace(/\r?\n$/, "");
    if (!line.includes("\n")) return line;
    throw new UsageError(
      `The password file ${path} has several lines. It is to hold the password alone.`,
    );
  };
  return { source, read };
}
