import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { UpstreamAddress } from "../../gateway/index.ts";
import {
  type Configured,
  describeEnding,
  type ReadyStreamlit,
  type StreamlitCommand,
  StreamlitProcess,
} from "./streamlit-process.ts";

/** Pauses before a start, in milliseconds. The first is 0: a waiting page hardly notices. */
const BACKOFF = [0, 250, 500, 1000, 2000, 4000, 8000] as const;
/** After so long a run, in milliseconds, the pauses begin again with the shortest. */
const STEADY = 10_000;

/** Keeps Streamlit running: starts it again when it dies. */
export class StreamlitSupervisor {
  readonly #command: StreamlitCommand;
  readonly #log: (line: string) => void;
  readonly #stopping = new AbortController();
  #process: StreamlitProcess | undefined;
  #startId = "";
  #watching: Promise<void> = Promise.resolve();

  constructor(command: StreamlitCommand, log: (line: string) => void) {
    this.#command = command;
    this.#log = log;
  }

  /**
   * Starts Streamlit and waits until it answers.
   *
   * @param configured - is told what its configuration says as soon as that is known; what it
   *   throws is thrown here
   * @throws PersistError `ERR_STREAMLIT_START` if it ends before that: then it is not started again
   */
  async start(configured: Configured): Promise<ReadyStreamlit> {
    const first = await this.#launch();
    const ready = await first.ready(configured, this.#log);
    this.#watching = this.#watch(first);
    return ready;
  }

  /** Where the running Streamlit listens, or the next one will listen. */
  get upstream(): UpstreamAddress {
    return { host: "127.0.0.1", port: this.#process?.port ?? 0 };
  }

  /** A different text for each start of Streamlit. */
  get startId(): string {
    return this.#startId;
  }

  /** Ends Streamlit for good, and waits until it is gone. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#process?.stop();
    await this.#watching;
  }

  async #launch(): Promise<StreamlitProcess> {
    const started = await StreamlitProcess.start(this.#command);
    this.#process = started;
    this.#startId = randomUUID();
    // `stop` was called while a port was being found.
    if (this.#stopping.signal.aborted) await started.stop();
    return started;
  }

  async #watch(first: StreamlitProcess): Promise<void> {
    let running = first;
    let failures = 0;
    let since = Date.now();
    for (;;) {
      const ending = await running.ended;
      if (this.#stopping.signal.aborted) return;
      if (Date.now() - since > STEADY) failures = 0;
      const pause = BACKOFF[Math.min(failures, BACKOFF.length - 1)] ?? 0;
      failures++;
      const when = pause === 0 ? "now" : `in ${pause / 1000} s`;
      this.#log(`Streamlit ended (${describeEnding(ending)}); it is started again ${when}.`);
      try {
        await delay(pause, undefined, { signal: this.#stopping.signal });
        running = await this.#launch();
        since = Date.now();
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        this.#log(error instanceof Error ? error.message : String(error));
      }
    }
  }
}
