// Counts and sets an attribute of its own, beside others of its kind and of Python. Arguments:
// store URL, token, times, name. The secret comes by PERSIST_SESSION_SECRET.
import { createSessions } from "../../src/sessions/sessions.ts";
import { persist } from "../../src/state/persist.ts";

class Beside {
  [own: string]: number;
  count = 0;
  twin = 0;
}
persist("beside", Beside);

const [store = "", token = "", times = "0", name = ""] = process.argv.slice(2);
const sessions = createSessions({ store });
await sessions.ready;
const session = await sessions.open(token);
for (let at = 1; at <= Number(times); at++) {
  await session.run(async () => {
    await session.update(Beside, (draft) => {
      if (draft.count !== draft.twin) throw new Error(`torn: ${draft.count}, ${draft.twin}`);
      draft.count += 1;
      draft.twin = draft.count;
    });
    (await session.restore(Beside))[name] = at;
  });
}
await sessions.close();
