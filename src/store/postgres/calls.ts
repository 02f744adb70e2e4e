import { isPersistError } from "../../errors.ts";
import { BoundedCalls, type Judgement } from "../server/index.ts";
import type { PostgresLink, Row } from "./client.ts";
import {
  answeredError,
  failureOf,
  isMissing,
  isReadOnly,
  outcomeUnknown,
  unavailable,
} from "./failures.ts";

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** The statement of an attempt that has this many milliseconds. */
export type Request = (wait: number) => Statement;

export interface CallOptions {
  /**
   * Whether a call must fail with `ERR_OUTCOME_UNKNOWN` if the statement may or may not have been
   * carried out.
   */
  readonly writes: boolean;
  /** The limit to name if the session would be too large. */
  readonly maxBytes?: number | undefined;
}

/** Runs statements within a bounded time, once the tables are there. */
export class Calls {
  readonly #link: PostgresLink;
  readonly #timeout: number;
  readonly #calls: BoundedCalls;
  /** Makes or checks the tables. */
  readonly #prepare: (timeout: number) => Promise<void>;
  #preparing: Promise<void> | undefined;
  #prepared = false;
  /** Whether the server has answered with an error that another attempt would not change. */
  refused = false;

  constructor(link: PostgresLink, timeout: number, prepare: (timeout: number) => Promise<void>) {
    this.#link = link;
    this.#timeout = timeout;
    this.#calls = new BoundedCalls("PostgreSQL", timeout, unavailable);
    this.#prepare = prepare;
  }

  /** @throws PersistError `ERR_STORE_CLOSED` */
  checkOpen(): void {
    this.#calls.checkOpen();
  }

  /** Runs a statement that may be repeated. @returns its rows */
  async run(request: Request, options: CallOptions): Promise<readonly Row[]> {
    // Whether the attempt has got as far as its statement.
    let sending = false;
    const judge = this.#judge(options, () => sending);
    const send = (wait: number): Promise<readonly Row[]> => {
      sending = true;
      const { text, values } = request(wait);
      return this.#link.query(text, values, wait);
    };
    return await this.#calls.run((wait) => {
      sending = false;
      return this.#prepared ? send(wait) : this.#prepareOnce(wait).then(() => send(wait));
    }, judge);
  }

  /** Waits for the calls under way, which end within the time of a call. */
  async close(): Promise<void> {
    await this.#calls.close();
  }

  #judge({ writes, maxBytes }: CallOptions, sending: () => boolean): (error: unknown) => Judgement {
    let sent = false;
    let mended = false;
    return (error) => {
      if (isPersistError(error)) {
        this.refused = true;
        return { final: error, answered: false };
      }
      const { code, passing, down, sent: wasSent } = failureOf(error);
      sent ||= wasSent && sending();
      const unsettled = writes && sent;
      // The server may just have become a replica, or been replaced by an empty one.
      const mend = !mended && (isReadOnly(code) || isMissing(error));
      if (code !== undefined && !passing && !mend) {
        this.refused = true;
        const final =
          unsettled && isReadOnly(code)
            ? outcomeUnknown(error)
            : answeredError(code, error, maxBytes);
        return { final, answered: true };
      }
      if (mend) {
        mended = true;
        this.#prepared = false;
      }
      return {
        down,
        // Another attempt may wait for a lock again. With little time left, its outcome would never
        // be known.
        needed: down ? 0 : this.#timeout / 4,
        inVain: () => (unsettled ? outcomeUnknown(error) : this.#calls.noAnswer(error)),
      };
    };
  }

  async #prepareOnce(timeout: number): Promise<void> {
    this.#preparing ??= this.#prepare(timeout)
      .then(() => void (this.#prepared = true))
      .finally(() => (this.#preparing = undefined));
    await this.#preparing;
  }
}
