import type { SocketWatcher } from "./hooks.ts";

/**
 * Wraps a watcher so that it never throws: a watcher that throws is disabled, and the socket stays
 * open.
 */
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
    ...(watcher.joins !== undefined && { joins: watcher.joins }),
    opened: (tunnel) => attempt(() => watcher.opened?.(tunnel), undefined),
    closed: () => attempt(() => watcher.closed?.(), undefined),
    left: () => attempt(() => watcher.left?.(), undefined),
    unseen: () => attempt(() => watcher.unseen?.(), undefined),
    keeps: () => attempt(() => watcher.keeps?.() ?? false, false),
    rewrites: () => attempt(() => watcher.rewrites?.() ?? false, false),
    rewrite: (message, isBinary) => attempt(() => watcher.rewrite?.(message, isBinary), undefined),
    // Without them nothing has to be collected.
    ...(watcher.fromUpstream !== undefined && {
      fromUpstream: (message: Buffer, isBinary: boolean) =>
        attempt(() => watcher.fromUpstream?.(message, isBinary) ?? false, false),
    }),
    ...(watcher.fromPage !== undefined && {
      fromPage: (message: Buffer) => attempt(() => watcher.fromPage?.(message), undefined),
      firstFromPage: (message: Buffer) =>
        attempt(() => watcher.firstFromPage?.(message), undefined),
      judges: () => attempt(() => watcher.judges?.() ?? false, false),
    }),
  };
}
