import type { Driver } from "./driver.ts";

/** Something that every adapter must do, tried on one framework at a time. */
export interface Behaviour {
  readonly name: string;
  /** Which frameworks it can be tried on. Default: all. */
  readonly on?: (driver: Driver) => boolean;
  readonly run: (driver: Driver) => Promise<void>;
}

/** Those that need Node's own response. */
export function givesNode(driver: Driver): boolean {
  return driver.node;
}
