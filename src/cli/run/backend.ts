import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { isPersistError, PersistError } from "../../errors.ts";
import { makePrivateDirectory } from "../../private-directory.ts";
import { makeStateDir } from "../../identity/index.ts";
import { createSessions, type Sessions, type SessionsOptions } from "../../sessions/index.ts";
import {
  createGateway,
  type Gateway,
  type GatewayOptions,
  type ServiceEvents,
  StateService,
} from "../../gateway/index.ts";
import { listen } from "./listen.ts";

export interface BackendOptions {
  readonly sessions: SessionsOptions;
  readonly stateDir: string;
  /** Where warnings go, one line each. */
  readonly log: (line: string) => void;
}

/** The parts behind a gateway: the store and the state service, and then the gateway itself. */
export class Backend {
  readonly sessions: Sessions;
  /** What the Python side must know, as environment variables. */
  readonly environment: Readonly<Record<string, string>>;
  readonly #service: StateService;
  #gateway: Gateway | undefined;

  private constructor(
    sessions: Sessions,
    service: (events: ServiceEvents) => StateService,
    environment: Record<string, string>,
  ) {
    this.sessions = sessions;
    this.environment = environment;
    this.#service = service({
      moved: (event) => this.#gateway?.sessionMoved(event),
      fresh: (streamlit) => this.#gateway?.freshAfterReload(streamlit),
    });
  }

  /** Why the state service is not at its usual address; undefined if it is. */
  get unusualService(): string | undefined {
    return this.#service.unusual;
  }

  /** How many open tabs have session state that is kept over restarts. */
  get keptTabs(): number {
    return this.#service.keptTabs;
  }

  /** @throws PersistError if the store cannot be opened, or an option is wrong */
  static async open({ sessions: options, stateDir, log }: BackendOptions): Promise<Backend> {
    openStateDirectory(stateDir);
    let opened = false;
    // A store that cannot be opened is reported below. One report is enough.
    const sessions = createSessions({
      ...options,
      log: (line) => (opened ? log(line) : undefined),
    });
    try {
      await sessions.ready;
      opened = true;
      makeStateDir(stateDir);
      const address = serviceAddress(stateDir);
      const environment: Record<string, string> = {};
      const backend = new Backend(
        sessions,
        (events) => new StateService({ ...events, sessions, address, log }),
        environment,
      );
      environment["PERSIST_SESSION_SERVICE"] = await backend.#service.listen();
      if ("token" in address) environment["PERSIST_SESSION_SERVICE_TOKEN"] = address.token;
      return backend;
    } catch (error) {
      await sessions.close().catch(() => {});
      throw error;
    }
  }

  /**
   * Opens the gateway, and gives its port.
   *
   * @throws PersistError as `listen` does
   */
  async serve(
    options: Omit<GatewayOptions, "sessions">,
    host: string,
    port: number,
  ): Promise<number> {
    return await this.serveOn(options, async (server) => await listen(server, host, port));
  }

  /**
   * The same, but the caller listens. Returns and throws what that does.
   */
  async serveOn<T>(
    options: Omit<GatewayOptions, "sessions">,
    startListening: (server: Gateway["server"]) => Promise<T>,
  ): Promise<T> {
    this.#gateway = createGateway({ ...options, sessions: this.sessions });
    const listening = await startListening(this.#gateway.server);
    this.#gateway.warm().catch(() => {});
    return listening;
  }

  /** Closes everything, the store last. */
  async close(): Promise<void> {
    await this.#gateway?.close();
    await this.#service.close();
    await this.sessions.close();
  }
}

/**
 * Makes the state directory, before anything is looked for in it. @throws PersistError
 * `ERR_OPTION_INVALID`, `ERR_DIRECTORY_UNSAFE`
 */
function openStateDirectory(stateDir: string): void {
  const path = resolve(stateDir);
  try {
    makePrivateDirectory(path, { what: "The state directory" });
  } catch (cause) {
    if (isPersistError(cause)) throw cause;
    throw new PersistError(
      "ERR_OPTION_INVALID",
      `The state directory ${path} could not be made (${(cause as NodeJS.ErrnoException).code}): it must be a directory, or a new name in one that this ` +
        `process's user can write. Choose another by --state-dir.`,
      { cause },
    );
  }
}

/** Where the state service listens: on loopback with a token if there are no Unix sockets. */
function serviceAddress(stateDir: string): { path: string } | { host: "127.0.0.1"; token: string } {
  return process.platform === "win32"
    ? { host: "127.0.0.1", token: randomBytes(32).toString("base64url") }
    : { path: resolve(stateDir, "service.sock") };
}
