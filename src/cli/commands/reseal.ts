import { KeyRing } from "../../identity/index.ts";
import { SealedStore, SealKeys, secretMissing } from "../../sealing/index.ts";
import {
  counted,
  failureLines,
  printResult,
  type ResealReport,
  resealStore,
  safeText,
  sealedSettings,
  secretOption,
  secretsOf,
  storeOption,
  withProgress,
  withStore,
} from "../admin/index.ts";
import { defineCommand } from "../command.ts";
import { UsageError } from "../usage-error.ts";

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
      const stores = { raw, sealed, keys: new SealKeys(ring) };
      const report = await withProgress(raw, async (told) => {
        return await resealStore(stores, values.check === true, told);
      });
      const { owners: sessions, newest, older, unsealed, resealed, failed } = report;
      const done = failed.length === 0 && (values.check !== true || older + unsealed === 0);
      printResult(
        values.json,
        { sessions, newest, older, unsealed, resealed, failed, ok: done },
        () => written(report),
      );
      return done ? 0 : 1;
    });
  },
});

function written(report: ResealReport): string[] {
  const { owners, newest, older, unsealed, resealed, failed } = report;
  const lines = [
    `${counted(owners, "session")}: ${counted(newest, "value")} sealed with the newest secret already, ${older} with an older one, ${unsealed} not sealed.`,
  ];
  if (older + unsealed > 0)
    lines.push(`Sealed with the newest secret now: ${resealed} of ${older + unsealed}.`);
  const name = ({ owner, state }: (typeof failed)[number]): string =>
    `${safeText(owner)} ${safeText(state)}`;
  return [...lines, ...failureLines(failed, name)];
}
