import { createHash, randomUUID, timingSafeEqual } from "node:crypto";
import { chmodSync, rmSync } from "node:fs";
import { createServer, type ListenOptions, type Server, type Socket } from "node:net";
import { PersistError } from "../../errors.ts";
import type { Sessions } from "../../sessions/index.ts";
import { report } from "../../sessions/records/index.ts";
import { KEPT_STATE } from "../kept-state.ts";
import { packageVersion } from "../package-version.ts";
import { findSocketPlace, notMade, type SocketPlace } from "./address.ts";
import { Connection } from "./connection.ts";
import type { Answer, Context, ServiceEvents } from "./context.ts";
import { malformed } from "./frames.ts";
import type { Request } from "./request.ts";
import { ServedSessions } from "./served-sessions.ts";

export type { ServiceEvents, SessionMoved } from "./context.ts";

export interface ServiceOptions extends ServiceEvents {
  readonly sessions: Sessions;
  /** A Unix socket, or loopback TCP with a token that clients must know. */
  readonly address:
    | { readonly path: string }
    | { readonly host: "127.0.0.1"; readonly token: string };
  /** Gets log lines for the operator. */
  readonly log?: (line: string) => void;
  /**
   * How long the session of a browser without cookies outlives a broken connection, in
   * milliseconds. Default 30 s.
   */
  readonly grace?: number;
}

const PROTOCOL = 1;
const GRACE = 30_000;

/**
 * The state service: what the Python binding talks to. The protocol is specified in
 * docs/protocol.md.
 */
export class StateService {
  readonly #options: ServiceOptions;
  readonly #context: Context;
  readonly #servedSessions: ServedSessions;
  readonly #connections = new Set<Connection>();
  readonly #boot = randomUUID();
  #server: Server | undefined;
  #place: SocketPlace | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: ServiceOptions) {
    const { sessions, grace = GRACE } = options;
    const { engine } = sessions;
    this.#options = options;
    this.#servedSessions = new ServedSessions(engine, grace);
    this.#context = {
      engine,
      servedSessions: this.#servedSessions,
      moved: (event) => {
        try {
          options.moved?.(event);
        } catch (error) {
          // The session has moved, whatever becomes of its page.
          report(engine, error);
        }
      },
      fresh: (streamlit) => options.fresh?.(streamlit),
    };
  }

  /**
   * Starts to listen.
   * @returns the value of `PERSIST_SESSION_SERVICE`: `unix:/path` or `tcp:127.0.0.1:port`
   * @throws PersistError `ERR_SERVICE_ADDRESS`
   */
  async listen(): Promise<string> {
    const { address } = this.#options;
    const server = createServer((socket) => this.#accept(socket));
    this.#server = server;
    if ("host" in address) {
      await bind(server, { host: address.host, port: 0 }, address.host);
      const bound = server.address();
      if (bound === null || typeof bound === "string") throw notMade(address.host, undefined);
      return `tcp:${address.host}:${bound.port}`;
    }
    const place = await findSocketPlace(address.path);
    this.#place = place;
    await bind(server, { path: place.path }, place.path);
    chmodSync(place.path, 0o600);
    return `unix:${place.path}`;
  }

  /** Why the address is not the usual one; undefined if it is. */
  get unusual(): string | undefined {
    return this.#place?.unusual;
  }

  /** How many sessions have open handles. */
  get size(): number {
    return this.#servedSessions.size;
  }

  /** How many tabs have session state that is kept over restarts. */
  get keptTabs(): number {
    return this.#servedSessions.tabsWith(KEPT_STATE);
  }

  /**
   * Takes no more requests, answers those under way, and releases everything. The store belongs to
   * the sessions and stays open.
   */
  async close(): Promise<void> {
    this.#closing ??= this.#finish();
    await this.#closing;
  }

  async #finish(): Promise<void> {
    const server = this.#server;
    const closed =
      server === undefined
        ? undefined
        : new Promise<void>((resolve) => server.close(() => resolve()));
    await Promise.all([...this.#connections].map(async (connection) => await connection.close()));
    await closed;
    await this.#servedSessions.close();
    if (this.#place?.directory !== undefined)
      rmSync(this.#place.directory, { recursive: true, force: true });
  }

  #accept(socket: Socket): void {
    socket.setNoDelay(true);
    const connection = new Connection(this.#context, socket, (request) => this.#greet(request));
    this.#connections.add(connection);
    connection.gone
      .finally(() => this.#connections.delete(connection))
      .catch((error: unknown) => report(this.#context.engine, error));
  }

  #greet(request: Request): Answer {
    const { address } = this.#options;
    if ("host" in address && !sameText(request.optionalText("token") ?? "", address.token)) {
      throw new PersistError(
        "ERR_SERVICE_REFUSED",
        "The state service does not know this token. Start Streamlit with the PERSIST_SESSION_SERVICE_TOKEN that the gateway gave.",
      );
    }
    if (request.count("protocol") !== PROTOCOL)
      throw malformed(`version ${PROTOCOL} of its protocol`);
    const named = (name: string): string => request.optionalText(name) ?? "unknown";
    const line = `Streamlit ${named("streamlit")} on Python ${named("python")} (process ${request.optionalCount("pid") ?? "unknown"}) uses the state service`;
    this.#options.log?.(line);
    const { limits } = this.#context.engine;
    return { header: { protocol: PROTOCOL, service: packageVersion(), boot: this.#boot, limits } };
  }
}

async function bind(server: Server, where: ListenOptions, name: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(notMade(name, error)));
    // The file's mode comes from the umask. It must not be open to others even for a moment.
    const umask = process.umask(0o177);
    try {
      server.listen(where, resolve);
    } finally {
      process.umask(umask);
    }
  });
}

/** Compares in constant time, and so reveals nothing, not even the length. */
function sameText(one: string, other: string): boolean {
  return timingSafeEqual(hash(one), hash(other));
}

function hash(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
