import { createHash } from "node:crypto";
import { mkdtempSync, rmdirSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { isPersistError } from "../../errors.ts";
import { makePrivateDirectory } from "../../private-directory.ts";

/** Where state is kept. */
export interface StateDirectory {
  readonly path: string;
  /** Why it is not the wanted one; undefined if it is. */
  readonly instead?: string;
}

/**
 * The wanted state directory if this process can write there; else one of this user's own, the same
 * at each start for one wanted path. A directory that others can write is not used: its content
 * decides who a visitor is.
 *
 * @throws PersistError or what the file system throws if no directory can be made at all
 */
export function writableStateDirectory(
  wanted: string,
  env: { readonly [name: string]: string | undefined },
): StateDirectory {
  const path = resolve(wanted);
  const refused = reasonAgainst(path);
  if (refused === undefined) return { path: wanted };
  const name = createHash("sha256").update(path).digest("hex").slice(0, 16);
  const places = [
    join(stateHome(env), "persist-session", name),
    join(tmpdir(), `persist-session-${process.geteuid?.() ?? 0}-${name}`),
  ];
  for (const place of places)
    if (reasonAgainst(place) === undefined) return { path: place, instead: refused };
  return { path: wanted };
}

/** The directory for the state of programs by the XDG base directory specification. */
function stateHome(env: { readonly [name: string]: string | undefined }): string {
  const given = env["XDG_STATE_HOME"];
  if (given !== undefined && isAbsolute(given)) return given;
  return join(env["HOME"] ?? homedir(), ".local", "state");
}

/** Why a directory cannot hold state, in a word or a code of the system; undefined if it can. */
function reasonAgainst(path: string): string | undefined {
  try {
    makePrivateDirectory(path, { what: "The state directory" });
    // The mode alone is not enough: a file system may be read-only.
    rmdirSync(mkdtempSync(join(path, ".try-")));
    return undefined;
  } catch (error) {
    if (isPersistError(error)) return error.code;
    return (error as NodeJS.ErrnoException).code ?? "it cannot be made";
  }
}
