// Changes and watches a state, closes nothing, and has to end by itself.
import { createSessions, restore, state } from "persist-session";
import { z } from "zod";

const counter = state("ends", z.object({ count: z.number().default(0) }));
const sessions = createSessions({ store: process.env["STORE_URL"] ?? "" });
const { session } = sessions.fromCookie(undefined);
await session.run(async () => void (await restore(counter)).count++);
let tell = (): void => undefined;
const told = new Promise<void>((resolve) => (tell = resolve));
await session.watch(counter, ({ count }) => {
  if (count === 2) tell();
});
const otherTab = await sessions.open(session.token);
await otherTab.run(async () => void (await restore(counter)).count++);
await told;
console.log("done");
