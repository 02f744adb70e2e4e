import { randomUUID } from "node:crypto";
import type { BrowserContext } from "playwright-core";
import { createSessions, type Sessions } from "persist-session";

const DAY = 86_400_000;

/** What lies in a state directory, looked at and changed from outside while the gateway runs. */
export class Stored {
  readonly #sessions: Sessions;

  constructor(stateDirectory: string) {
    this.#sessions = createSessions({ stateDir: stateDirectory });
  }

  /** The owners that have something stored. */
  async owners(): Promise<string[]> {
    const owners = [];
    for await (const { owner } of this.#sessions.list()) owners.push(owner);
    return owners;
  }

  /** The names of what is stored of a browser's state. */
  async attributes(owner: string, state: string): Promise<string[]> {
    const { record } = await this.#sessions.engine.store.read(owner, state);
    return [...(record?.attributes.keys() ?? [])].toSorted();
  }

  /** Puts bytes in the place of an attribute, as somebody does who can write to the store. */
  async plant(owner: string, state: string, name: string, bytes: Uint8Array): Promise<void> {
    const { store } = this.#sessions.engine;
    const { epoch } = await store.read(owner, state);
    await store.write(owner, [{ state, epoch, set: new Map([[name, bytes]]) }], {
      commitId: randomUUID(),
      expiresAt: Date.now() + DAY,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sessions.close();
  }
}

/** The owner that a browser's cookie names: `b:<session id>`. */
export async function ownerOf(context: BrowserContext): Promise<string> {
  const cookie = (await context.cookies()).find(({ name }) => name.includes("persist-session"));
  return `b:${cookie?.value.split(".")[0]}`;
}
