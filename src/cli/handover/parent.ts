import { Socket } from "node:net";

/** After a signal to end, how long Streamlit's process may outlive it, in milliseconds. */
const GRACE = 5000;

/**
 * Waits until Streamlit's process has ended, however that happened: the pipe to it ends. A terminal
 * sends its signals to both, and a service manager too; what Streamlit still saves while it ends
 * goes through this process, so a signal ends it only if Streamlit keeps running.
 */
export async function untilParentEnds(descriptor: number): Promise<void> {
  const pipe = new Socket({ fd: descriptor, readable: true, writable: false });
  await new Promise<void>((resolve) => {
    process.on("SIGINT", () => {});
    process.on("SIGHUP", () => {});
    process.once("SIGTERM", () => setTimeout(resolve, GRACE).unref());
    pipe.on("error", resolve).once("close", resolve).resume();
  });
  pipe.destroy();
}
