import { isTabsRecord } from "../../sessions/index.ts";
import {
  bytesText,
  counted,
  printLine,
  safeText,
  storeOption,
  storeSettings,
  untilText,
  withStore,
} from "../admin/index.ts";
import { defineCommand } from "../command.ts";
import { UsageError } from "../usage-error.ts";

/** `persist-session sessions`: lists the owners that have stored something. */
export const sessions = defineCommand({
  usage: "sessions [options]",
  description: `Lists the sessions that have something stored, with the size of their values and when they expire.
b:… is a browser (its session's id), u:… a signed-in user, t:… a tab. No token and no content is shown.`,
  options: {
    ...storeOption,
    limit: { type: "string", value: "NUMBER", help: "list at most this many" },
    json: { type: "boolean", help: "one JSON object a line" },
  },
  settings: storeSettings,
  examples: [
    "persist-session sessions",
    "persist-session sessions --store redis://localhost --json | wc -l",
  ],
  async run({ values, positionals }) {
    if (positionals.length > 0) throw new UsageError("sessions takes options only.");
    const limit = limitOf(values.limit);
    return await withStore(values, async (store) => {
      let count = 0;
      let bytes = 0;
      for await (const session of store.sessions()) {
        if (count === limit) break;
        count++;
        bytes += session.bytes;
        const { owner, expiresAt } = session;
        const states = session.states.filter((state) => !isTabsRecord(state));
        await printLine(
          values.json
            ? JSON.stringify({ owner, states, bytes: session.bytes, expiresAt })
            : `${safeText(owner).padEnd(38)}  ${bytesText(session.bytes).padStart(7)}  ${untilText(expiresAt).padStart(6)}  ${states.map(safeText).join(", ")}`,
        );
      }
      if (!values.json) process.stderr.write(`${counted(count, "session")}, ${bytesText(bytes)}\n`);
      return 0;
    });
  },
});

function limitOf(text: string | undefined): number {
  if (text === undefined) return Infinity;
  const limit = Number(text);
  if (Number.isSafeInteger(limit) && limit > 0) return limit;
  throw new UsageError("--limit needs a whole number above 0.");
}
