import type { SocketWatcher } from "./hooks.ts";

/** Wraps a watcher so that it never throws: a watcher that throws is disabled, and the socket stays open. */
export function guarded(
  watcher: SocketWatcher | undefined,
  report: (error: unknown) => void,
): SocketWatcher | undefined {
  if (watcher === undefined) return undefined;
  const attempt = <T>(call: () => T, otherwise: T): T => {
    try {
      return call();
    } catch (error) {
      report(error);
      return otherwise;
    }
  };
  return {
    opened: (tunnel) => attempt(() => watcher.opened?.(tunnel), undefined),
    closed: () => attempt(() => watcher.closed?.(), undefined),
    // Without it nothing has to be collected.
    ...(watcher.fromUpstream !== undefined && {
      fromUpstream: (message: Buffer, isBinary: boolean) =>
        attempt(() => watcher.fromUpstream?.(message, isBinary) ?? false, false),
    }),
  };
}
