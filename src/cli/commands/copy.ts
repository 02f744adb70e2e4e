import type { SealedStore } from "../../sealing/index.ts";
import {
  bytesText,
  closing,
  type CopyReport,
  copyStore,
  counted,
  failureLines,
  openExisting,
  openStore,
  printResult,
  safeText,
  secretOption,
  secretsOf,
  withProgress,
  withSecrets,
} from "../admin/index.ts";
import { defineCommand } from "../command.ts";
import { passwordFileOption, storeUrl } from "../store-url.ts";
import { UsageError } from "../usage-error.ts";

/** `persist-session copy`: copies one store to another. */
export const copy = defineCommand({
  usage: "copy --from URL --to URL [options]",
  description: `Copies all that one store holds to another: states with their attributes, deletion marks, schema and expiry, and the tombstones that keep
dead tokens dead. Each session is written in one step, read back, and compared by checksum.
It may be run again, also after it was broken off: what is there already is not written twice. What differs in the target is left as it is and
reported, unless --overwrite says that the source is right. Nothing is removed from the source.
Sealed values are opened, and sealed with the newest secret in the target.
The apps need the same secret afterwards, and their cookie the same name.`,
  options: {
    from: {
      type: "string",
      value: "URL",
      help: "the store to read: lmdb:./dir, redis://host, postgres://host/db",
      preset: "PERSIST_SESSION_FROM",
    },
    "from-password-file": passwordFileOption("from"),
    to: {
      type: "string",
      value: "URL",
      help: "the store to write to",
      preset: "PERSIST_SESSION_TO",
    },
    "to-password-file": passwordFileOption("to"),
    ...secretOption,
    "no-encrypt": {
      type: "boolean",
      help: "write the values to the target as they are, not sealed",
    },
    overwrite: {
      type: "boolean",
      help: "replace what differs in the target by what the source has",
    },
    json: { type: "boolean", help: "the result as one JSON object" },
  },
  examples: [
    "persist-session copy --from lmdb:.persist-session --to redis://cache.example",
    "persist-session copy --from redis://cache.example --to postgres://db.example/app --overwrite",
  ],
  async run({ values, positionals }) {
    const from = storeUrl({
      role: "from",
      url: values.from,
      passwordFile: values["from-password-file"],
    });
    const to = storeUrl({
      role: "to",
      url: values.to,
      passwordFile: values["to-password-file"],
    });
    if (from === undefined || to === undefined || positionals.length > 0)
      throw new UsageError("copy needs two stores: --from URL --to URL.");
    if (from === to) throw new UsageError("--from and --to name the same store.");
    return await closing(await openExisting(from, "--from"), async (source) => {
      return await closing(await openStore(to, "--to"), async (target) => {
        const own = secretsOf(values, from);
        // The app of an embedded target may have a secret of its own, beside the store.
        const there = secretsOf(values, to) ?? own;
        return await copyAll(
          withSecrets(source, own),
          withSecrets(target, there, values["no-encrypt"] !== true),
          values.overwrite === true,
          values.json === true,
        );
      });
    });
  },
});

async function copyAll(
  source: SealedStore,
  target: SealedStore,
  overwrite: boolean,
  json: boolean,
): Promise<number> {
  await Promise.all([source.check(), target.check()]);
  const report = await withProgress(source, async (told) => {
    return await copyStore(source, target, overwrite, told);
  });
  const good = report.failed.length === 0 && report.kept === 0;
  const way = `${source.name} to ${target.name}`;
  printResult(json, { ...report, ok: good }, () => written(report, way));
  return good ? 0 : 1;
}

function written(report: CopyReport, way: string): string[] {
  const { owners, records, bytes, checksum, failed } = report;
  const lines = [
    `${way}: ${counted(owners, "session")} with ${counted(records, "state")}, ${bytesText(bytes)}`,
    `  copied ${report.copied}, there already ${report.same}, tombstones ${report.tombstones}`,
  ];
  if (report.gone > 0) lines.push(`  ended or expired meanwhile: ${report.gone}`);
  if (report.ended > 0) lines.push(`  dead in the target, so not copied: ${report.ended}`);
  lines.push(
    checksum.source === checksum.target
      ? `  checksum of both sides: ${checksum.source.slice(0, 16)}`
      : `  CHECKSUMS DIFFER: source ${checksum.source.slice(0, 16)}, target ${checksum.target.slice(0, 16)}`,
  );
  if (report.kept > 0) {
    lines.push(
      `  left as they are in the target, though they differ: ${report.kept}. Run it again with --overwrite if the source is right.`,
    );
  }
  return [...lines, ...failureLines(failed, ({ owner }) => safeText(owner))];
}
