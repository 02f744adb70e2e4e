import { randomUUID } from "node:crypto";
import type { BrowserContext } from "playwright-core";
import { createSessions, type Sessions } from "persist-session";

const DAY = 86_400_000;

/** A state directory, or a store and its secret. */
export type StoredPlace = string | { readonly store: string; readonly secret: string };

/** What lies in a state directory, looked at and changed from outside while the gateway runs. */
export class Stored {
  readonly #sessions: Sessions;

  constructor(place: StoredPlace) {
    this.#sessions = createSessions(typeof place === "string" ? { stateDir: place } : place);
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

  /**
   * The values of a state that tabs have, as text, each tab's together. @param browser - the owner
   * whose tabs they are; default all
   */
  async tabs(state: string, browser = "b:"): Promise<string[]> {
    const ofBrowser = browser.replace("b:", "t:");
    const tabs = (await this.owners()).filter((owner) => owner.startsWith(ofBrowser));
    const found = await Promise.all(
      tabs.map(async (owner) => await this.#sessions.engine.store.read(owner, state)),
    );
    return found.map(({ record }) =>
      [...(record?.attributes ?? [])]
        .map(([name, { bytes }]) => `${name} = ${Buffer.from(bytes ?? []).toString()}`)
        .join("\n"),
    );
  }

  /** Replaces the bytes of an attribute, as an attacker who can write to the store does. */
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
