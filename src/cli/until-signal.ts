import { constants } from "node:os";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Waits for a signal that ends programs. A second such signal ends this process at once. */
export async function untilSignal(): Promise<NodeJS.Signals> {
  return await new Promise((resolve) => {
    for (const signal of SIGNALS) {
      process.once(signal, () => {
        for (const other of SIGNALS) process.once(other, () => process.exit(exitCode(other)));
        resolve(signal);
      });
    }
  });
}

/** The exit code of a program that a signal ended, as in shells. */
export function exitCode(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
