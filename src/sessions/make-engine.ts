import { AsyncLocalStorage } from "node:async_hooks";
import type { KeyRing } from "../identity/index.ts";
import { Beginnings, Events, WrittenDefaults } from "./records/index.ts";
import { type LiveEngine, LiveSessions, Rotations } from "./live/index.ts";
import type { ResolvedOptions } from "./options.ts";
import { RecordCache } from "../state/index.ts";
import type { Store } from "../store/index.ts";

const UPDATE_TIMEOUT = 10_000;

/** What all sessions of an app share, by its options. */
export function makeEngine(
  options: ResolvedOptions,
  store: Store,
  ring: KeyRing,
  cookieName: string,
  followsLogins: boolean,
): LiveEngine {
  return {
    store,
    cache: new RecordCache(options.cacheBytes),
    ring,
    cookieName,
    ttl: options.ttl,
    beginnings: new Beginnings(options.maxLifetime, followsLogins),
    followsLogins,
    touchInterval: options.touchInterval,
    newSessionTtl: options.newSessionTtl,
    limits: options.limits,
    events: new Events(),
    live: new LiveSessions(),
    rotations: new Rotations(),
    updates: new Map(),
    updating: new AsyncLocalStorage(),
    watches: new Set(),
    moving: new Map(),
    writtenDefaults: new WrittenDefaults(),
    updateTimeout: UPDATE_TIMEOUT,
    warn: warner(options),
  };
}

/** Where warnings go, prefixed with the name of this package. */
export function warner({ log }: ResolvedOptions): (message: string) => void {
  return (message) => log(`persist-session: ${message}`);
}
