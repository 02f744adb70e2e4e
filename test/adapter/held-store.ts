import type { Store } from "../../src/store/store.ts";
import { type CountingStore, countingStore, gate } from "../sessions/fixture.ts";

/** A real store whose writes can be held back. */
export interface HeldStore extends CountingStore {
  /** Holds back the writes from here on. */
  readonly hold: () => Hold;
}

export interface Hold {
  /** Resolves when a write has come and waits. */
  readonly reached: Promise<void>;
  /** Lets it go on, and all later ones. */
  readonly release: () => void;
}

export function heldStore(): HeldStore {
  const store = countingStore();
  const write: Store["write"] = store.write.bind(store);
  let before: (() => Promise<void>) | undefined;
  return Object.assign(store, {
    write: async (...args: Parameters<Store["write"]>) => {
      await before?.();
      return await write(...args);
    },
    hold: () => {
      const reached = gate();
      const released = gate();
      before = async () => {
        reached.open();
        await released.opened;
      };
      return { reached: reached.opened, release: released.open };
    },
  });
}
