import {
  type AttributeView,
  bytesText,
  counted,
  describeOwner,
  ownerNamed,
  type OwnerView,
  printResult,
  safeText,
  sealedSettings,
  secretOption,
  secretsOf,
  storeOption,
  timeText,
  untilText,
  withSecrets,
  withStore,
} from "../admin/index.ts";
import { defineCommand } from "../command.ts";
import { UsageError } from "../usage-error.ts";

const FORMATS: Record<string, string> = {
  J: "JSON",
  B: "bytes",
  A: "Arrow",
  P: "pickle",
  E: "sealed",
};

/** `persist-session show`: prints what is stored of one session. */
export const show = defineCommand({
  usage: "show <session> [state] [options]",
  description: `Shows what is stored of a session: its states with their attributes' names, sizes and versions. What visitors have
entered is shown only with --content. Sealed values are opened with the app's secret. An attribute that no program can read is marked as damaged:
\`persist-session clear <session> --state KEY --attribute NAME\` gives it the class's default again.
The session is its id, or an owner as \`persist-session sessions\` lists it. Ends with 1 if nothing is stored of it.`,
  options: {
    ...storeOption,
    ...secretOption,
    content: { type: "boolean", help: "show the attributes' values too" },
    json: { type: "boolean", help: "as one JSON object" },
  },
  settings: sealedSettings,
  examples: [
    "persist-session show 3f1c2a9e-7b0d-4c55-9a51-2f6f0c9f7a11",
    "persist-session show u:8c2f… app-state --content",
  ],
  async run({ values, positionals }) {
    const [name, state, stray] = positionals;
    if (name === undefined) throw new UsageError("show needs a session: its id.");
    if (stray !== undefined) throw new UsageError("show takes one session, and one state at most.");
    const owner = ownerNamed(name);
    const content = values.content === true;
    const view = await withStore(
      values,
      async (store, url) =>
        await describeOwner(withSecrets(store, secretsOf(values, url)), owner, {
          only: state,
          content,
        }),
    );
    printResult(values.json, view, () => written(view));
    return view.records.length > 0 ? 0 : 1;
  },
});

function written({ owner, status, version, expiresAt, began, records }: OwnerView): string[] {
  const name = safeText(owner);
  if (status === "absent") return [`${name}: nothing is stored.`];
  const time = `${timeText(expiresAt)} (in ${untilText(expiresAt)})`;
  if (status === "ended") return [`${name}: has ended. Its token is dead; forgotten ${time}.`];
  const lines = [
    `${name}: ${counted(records.length, "state")}, version ${version}, expires ${time}${began === undefined ? "" : `, began ${timeText(began)}`}`,
  ];
  for (const record of records) {
    const own = record.expiresAt === undefined ? "" : `, expires ${timeText(record.expiresAt)}`;
    lines.push(
      "",
      `${safeText(record.state)}: ${bytesText(record.bytes)}, schema ${record.schema}, epoch ${record.epoch}, version ${record.version}${own}`,
      ...record.attributes.flatMap(attributeLines),
    );
    if (record.deleted.length > 0)
      lines.push(`  deleted: ${record.deleted.map(safeText).join(", ")}`);
  }
  return lines;
}

function attributeLines(view: AttributeView): string[] {
  const { name, format, bytes, version, content, damaged } = view;
  const kind = FORMATS[format] ?? `unknown format ${safeText(format)}`;
  const mark = damaged === undefined ? "" : `  DAMAGED: ${damaged}`;
  const line = `  ${safeText(name).padEnd(24)}  ${bytesText(bytes).padStart(7)}  ${kind}, version ${version}${mark}`;
  if (content === undefined) return [line];
  return [line, `    ${safeText(format === "J" ? JSON.stringify(content) : (content as string))}`];
}
