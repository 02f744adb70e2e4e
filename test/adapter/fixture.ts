import { restore } from "../../src/index.ts";
import type { SessionsOptions } from "../../src/sessions/options.ts";
import { AppState } from "./app-state.ts";
import { Browser } from "./browser.ts";
import type { App, Driver, Routes } from "./driver.ts";
import { type HeldStore, heldStore } from "./held-store.ts";

export const SECRET = "p3VtQ0x8bYw1nKzR6sJfG2hLdM7cEaUi";

/** A running app of one framework, with a store that tests can watch, hold back and break. */
export interface Fixture extends App {
  readonly store: HeldStore;
  readonly warnings: string[];
  /** What was reported as an error that no caller could be told about. */
  readonly reported: unknown[];
  readonly browser: () => Browser;
  /** The owners that something is stored for. */
  readonly stored: () => Promise<string[]>;
}

/** Routes that most behaviours need, under names of their own. */
const common: Routes = {
  "/read": async () => {
    const { count, list } = await restore(AppState);
    return { json: { count, list } };
  },
  "/add": async () => {
    const state = await restore(AppState);
    state.count++;
    return { text: String(state.count) };
  },
  "/nothing": () => ({ text: "nothing" }),
};

/** Starts an app, runs the work, stops it, even if the work fails. */
export async function withApp(
  driver: Driver,
  routes: Routes,
  work: (fixture: Fixture) => Promise<void>,
  options: SessionsOptions = {},
): Promise<void> {
  const store = heldStore();
  const warnings: string[] = [];
  const app = await driver.start({
    routes: { ...common, ...routes },
    sessions: {
      store,
      secret: SECRET,
      sweepInterval: false,
      log: (line) => void warnings.push(line),
      ...options,
    },
  });
  const reported: unknown[] = [];
  app.sessions.on("error", ({ error }) => void reported.push(error));
  try {
    await work({
      ...app,
      store,
      warnings,
      reported,
      browser: () => new Browser(app.url),
      stored: async () => {
        const owners = [];
        for await (const { owner } of app.sessions.list()) owners.push(owner);
        return owners;
      },
    });
  } finally {
    await app.close();
  }
}
