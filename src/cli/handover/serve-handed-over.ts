import { readFileSync, writeSync, closeSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { PersistError } from "../../errors.ts";
import type { GatewayOptions } from "../../gateway/index.ts";
import { Backend, resumeGateway, type ResumeOptions, resumeVariable } from "../run/index.ts";
import type { SessionsOptions } from "../../sessions/index.ts";
import type { Handover } from "./handover.ts";
import { listenInherited } from "./listen-inherited.ts";
import { untilParentEnds } from "./parent.ts";

export interface HandedOverOptions {
  readonly handover: Handover;
  readonly sessions: SessionsOptions;
  readonly stateDir: string;
  readonly resume: false | ResumeOptions;
  readonly logins: Pick<GatewayOptions, "rotateOnLogin" | "loginCookies">;
  readonly log: (line: string) => void;
}

/** What closing everything may take after Streamlit's end, in milliseconds. */
const MAX_CLOSING = 3000;

/**
 * Serves a Streamlit on the sockets that it opened itself, until its process ends.
 *
 * @throws PersistError and what the system throws if the gateway cannot serve; nothing was reported
 * then
 */
export async function serveHandedOver(options: HandedOverOptions): Promise<void> {
  const { handover, sessions, stateDir, resume, logins, log } = options;
  const tls = handover.tls === undefined ? undefined : readTls(handover.tls);
  const backend = await Backend.open({ sessions, stateDir, log });
  const listening = await backend
    .serveOn(
      {
        upstream: () => handover.upstream,
        streamlitStart: () => handover.start,
        trustedUserHeaders: handover.trustedUserHeaders,
        basePath: handover.basePath,
        tellsPeer: true,
        ...(tls !== undefined && { tls }),
        ...resumeGateway(resume),
        ...logins,
      },
      async (server) => await listenInherited(server, handover.listen),
    )
    .catch(async (error: unknown) => {
      await backend.close().catch(() => {});
      throw error;
    });
  report(handover, { environment: { ...backend.environment, ...resumeVariable(resume) } });
  await untilParentEnds(handover.parent);
  // First of all the port must be free for the next program.
  listening.stop();
  setTimeout(() => process.exit(0), MAX_CLOSING).unref();
  await backend.close();
}

let reported = false;

/**
 * Tells Streamlit's process how the start went. Returns whether it received this: it listens once.
 */
export function report(
  { report: descriptor }: Handover,
  fields: { environment: Readonly<Record<string, string>> } | { error: string; code?: string },
): boolean {
  if (reported) return false;
  reported = true;
  writeSync(descriptor, `${JSON.stringify(fields)}\n`);
  closeSync(descriptor);
  return true;
}

/** @throws PersistError `ERR_OPTION_INVALID` if the files are not a certificate with its key */
function readTls({ cert, key }: NonNullable<Handover["tls"]>): { cert: Buffer; key: Buffer } {
  try {
    const tls = { cert: readFileSync(cert), key: readFileSync(key) };
    createSecureContext(tls);
    return tls;
  } catch (cause) {
    throw new PersistError(
      "ERR_OPTION_INVALID",
      `The files of server.sslCertFile and server.sslKeyFile cannot be used (${(cause as Error).message}). They must be PEM files, and the ` +
        "key must need no password.",
      { cause },
    );
  }
}
