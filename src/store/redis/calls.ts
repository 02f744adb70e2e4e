import { BoundedCalls, type Judgement } from "../server/index.ts";
import { TOO_LATE } from "../within.ts";
import { answeredError, failureOf, outcomeUnknown, unavailable } from "./failures.ts";
import type { Argument, RedisLink } from "./link.ts";
import { runScript, type Script } from "./script.ts";

/** Runs scripts within a bounded time. */
export class Calls {
  readonly #link: RedisLink;
  readonly #calls: BoundedCalls;

  constructor(link: RedisLink, timeout: number) {
    this.#link = link;
    this.#calls = new BoundedCalls("Redis", timeout, unavailable);
    link.onReady(() => this.#calls.answered());
  }

  /** @throws PersistError `ERR_STORE_CLOSED` */
  checkOpen(): void {
    this.#calls.checkOpen();
  }

  /** Runs a script that only reads. */
  async read(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
    return await this.run(false, (link) => runScript(link, script, keys, args));
  }

  /** Runs a script that writes, and may be repeated for the same commit. */
  async write(
    script: Script,
    keys: readonly string[],
    args: readonly Argument[],
  ): Promise<unknown> {
    return await this.run(true, (link) => runScript(link, script, keys, args));
  }

  /** Runs work that may be repeated. */
  async run<T>(writes: boolean, work: (link: RedisLink) => Promise<T>): Promise<T> {
    return await this.#calls.run(
      async () => await work(this.#link),
      this.#judge(writes),
      () => this.#link.trouble,
    );
  }

  /** Waits for the calls under way, which end within the time of a call. */
  async close(): Promise<void> {
    await this.#calls.close();
  }

  #judge(writes: boolean): (error: unknown, began: number) => Judgement {
    let sent = false;
    let renewed = false;
    return (error, began) => {
      const { code, passing, sent: wasSent } = failureOf(error);
      sent ||= wasSent;
      const unsettled = writes && sent;
      const isReadOnly = code === "READONLY";
      // The server may just have become a replica, and its name may lead to the new primary now.
      if (!passing && (!isReadOnly || renewed)) {
        const final =
          unsettled && isReadOnly ? outcomeUnknown(error) : answeredError(code ?? "", error);
        return { final, answered: true };
      }
      if (!passing) renewed = true;
      if (!passing || error === TOO_LATE) this.#link.renew(began);
      const inVain = () => {
        if (unsettled) return outcomeUnknown(error);
        return isReadOnly
          ? answeredError(code, error)
          : this.#calls.noAnswer(error, this.#link.trouble);
      };
      return { down: passing, inVain };
    };
  }
}
