import type { Store } from "persist-session";
import { memoryStore } from "persist-session/store/memory";

const ASYNC = ["read", "write", "clear", "touch", "owner"] as const;

/** A store each of whose calls does I/O first, as that of a Worker does. */
export function openStore({ SLOW }: { readonly SLOW: string }): Store {
  const { readNow: _none, ...store } = memoryStore() as Store & { readNow?: unknown };
  const calls = store as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
  for (const name of ASYNC) {
    const call = calls[name];
    calls[name] = async (...args) => {
      await (await fetch(SLOW)).text();
      return await call?.apply(store, args);
    };
  }
  return { ...store, name: "slow" };
}
