// Changes the state of a session from another process, at each line of its input: "count", "clear"
// or "end". Arguments: store URL, token. The secret comes by PERSIST_SESSION_SECRET.
import { createInterface } from "node:readline";
import { createSessions } from "../../src/sessions/sessions.ts";
import { SharedState } from "./shared-state.ts";

const [store = "", token = ""] = process.argv.slice(2);
const sessions = createSessions({ store });
await sessions.ready;
console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
  const session = await sessions.open(token);
  await session.run(async () => {
    if (line === "count") await session.update(SharedState, (state) => void (state.count += 1));
    else if (line === "clear") await session.clear(SharedState);
    else await session.clear();
  });
  console.log("done");
}
await sessions.close();
