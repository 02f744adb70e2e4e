import { counted, printResult, storeOption, storeSettings, withStore } from "../admin/index.ts";
import { defineCommand } from "../command.ts";
import { UsageError } from "../usage-error.ts";

/** The most entries that one call removes. Apps wait for it, so it is small. */
const STEP = 200;

/** `persist-session sweep`: removes what has expired. */
export const sweep = defineCommand({
  usage: "sweep [options]",
  description: `Removes what has expired. Apps do so by themselves once a minute; this is for those that set sweepInterval: false. What has expired is
invisible at once, swept or not. Redis removes expired sessions itself.`,
  options: { ...storeOption, json: { type: "boolean", help: "as one JSON object" } },
  settings: storeSettings,
  examples: ["persist-session sweep --store postgres://db.example/app"],
  async run({ values, positionals }) {
    if (positionals.length > 0) throw new UsageError("sweep takes options only.");
    return await withStore(values, async (store) => {
      let removed = 0;
      for (let more = true; more;) {
        const step = await store.sweep({ now: Date.now(), limit: STEP });
        removed += step.removed;
        more = step.more && step.removed > 0;
      }
      const text =
        store.name === "redis"
          ? "Redis removes expired sessions itself: nothing to do."
          : `Removed ${counted(removed, "expired entry").replace("entrys", "entries")}.`;
      printResult(values.json, { removed }, () => [text]);
      return 0;
    });
  },
});
