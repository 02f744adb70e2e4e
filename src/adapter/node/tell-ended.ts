import type { ServerResponse } from "node:http";

/**
 * Reports a write after the end as Node does: by the callback and the event "error". But an app
 * without a listener keeps running, because its answer has been sent.
 */
export function tellEnded(response: ServerResponse, args: readonly unknown[]): false {
  const callback = args.findLast((argument) => typeof argument === "function");
  const error = Object.assign(new Error("write after end"), { code: "ERR_STREAM_WRITE_AFTER_END" });
  process.nextTick(() => {
    (callback as ((error: Error) => void) | undefined)?.(error);
    if (response.listenerCount("error") > 0) response.emit("error", error);
  });
  return false;
}
