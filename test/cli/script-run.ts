import { once } from "node:events";
import { WebSocket } from "ws";

/**
 * Has Streamlit run the script once, as a page does that was just opened. Gives the open socket.
 */
export async function runScript(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace(/^http/, "ws")}/_stcore/stream`, ["streamlit"], {
    origin: new URL(url).origin,
    headers,
  });
  await once(socket, "open");
  // BackMsg with its field 11, rerun_script, an empty ClientState.
  socket.send(Uint8Array.of(0x5a, 0x00));
  return socket;
}
