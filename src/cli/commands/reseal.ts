import { KeyRing } from "../../identity/index.ts";
import { SealedStore, SealKeys, secretMissing } from "../../sealing/index.ts";
import {
  counted,
  Progress,
  type ResealReport,
  resealStore,
  safeText,
  sealedSettings,
  secretOption,
  secretsOf,
  storeOption,
  withStore,
} from "../admin/index.ts";
import { defineCommand } from "../command.ts";
import { UsageError } from "../usage-error.ts";

/** Failures that are named one by one. */
const NAMED = 10;

/** `persist-session reseal`: seals all values with the newest secret. */
export const reseal = defineCommand({
  usage: "reseal [options]",
  description: `Seals all values of a store with the newest secret: those that an older secret has sealed, and those that are not sealed yet. Then the older
secret can be dropped. Apps may go on using the store, if they know all of the secrets. May be run again, also after it was broken off.`,
  options: {
    ...storeOption,
    ...secretOption,
    check: { type: "boolean", help: "only count the values, and change nothing" },
    json: { type: "boolean", help: "the result as one JSON object" },
  },
  settings: sealedSettings,
  examples: [
    "persist-session reseal --store redis://cache.example --secret-file secrets",
    "persist-session reseal --check",
  ],
  async run({ values, positionals }) {
    if (positionals.length > 0) throw new UsageError("reseal takes options only.");
    return await withStore(values, async (raw, url) => {
      const secrets = secretsOf(values, url);
      if (secrets === undefined) throw secretMissing();
      const ring = new KeyRing(secrets, "The secret");
      const sealed = new SealedStore(raw, { ring });
      await sealed.check();
      let total = 0;
      for await (const _session of raw.sessions()) total++;
      const progress = new Progress(process.stderr, total);
      const stores = { raw, sealed, keys: new SealKeys(ring) };
      const report = await resealStore(stores, values.check === true, ({ owners }) =>
        progress.update(owners, 0),
      );
      progress.end(report.owners, 0);
      const { newest, older, unsealed, resealed, failed } = report;
      const done = failed.length === 0 && (values.check !== true || older + unsealed === 0);
      process.stdout.write(
        values.json === true
          ? `${JSON.stringify({ sessions: report.owners, newest, older, unsealed, resealed, failed, ok: done })}\n`
          : written(report),
      );
      return done ? 0 : 1;
    });
  },
});

function written({ owners, newest, older, unsealed, resealed, failed }: ResealReport): string {
  const lines = [
    `${counted(owners, "session")}: ${counted(newest, "value")} sealed with the newest secret already, ${older} with an older one, ${unsealed} not sealed.`,
  ];
  if (older + unsealed > 0)
    lines.push(`Sealed with the newest secret now: ${resealed} of ${older + unsealed}.`);
  for (const { owner, state, reason } of failed.slice(0, NAMED))
    lines.push(`  FAILED ${safeText(owner)} ${safeText(state)}: ${reason}`);
  if (failed.length > NAMED) lines.push(`  and ${failed.length - NAMED} more`);
  return `${lines.join("\n")}\n`;
}
