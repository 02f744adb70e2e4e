import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline/promises";
import type { Store } from "../../store/index.ts";
import {
  clearAttribute,
  counted,
  ownerNamed,
  printLine,
  safeText,
  sessionOfTab,
  storeOption,
  storeSettings,
  withStore,
} from "../admin/index.ts";
import { defineCommand, type OptionSpec } from "../command.ts";
import { durationOption } from "../session-options.ts";
import { UsageError } from "../usage-error.ts";

const ttl = {
  type: "string",
  value: "TIME",
  help: "the --ttl of the apps: how long a dead token must be remembered",
  preset: "30d",
} as const satisfies OptionSpec;

/** `persist-session clear`: ends sessions, or one state of them. */
export const clear = defineCommand({
  usage: "clear <session>… [options]",
  description: `Ends sessions: everything stored of them is removed, with that of their tabs, and their tokens are dead at once. With --state only that
state is cleared, and the sessions go on; with --attribute too, only that attribute, which then has the class's default. No late write of an app brings anything back. The apps need not be stopped.
A session is its id, or an owner as \`persist-session sessions\` lists it.`,
  options: {
    ...storeOption,
    all: { type: "boolean", help: "every session of the store" },
    state: { type: "string", value: "KEY", help: "clear only the state of this key" },
    attribute: {
      type: "string",
      value: "NAME",
      help: "with --state: clear only this attribute",
    },
    ttl,
    yes: { type: "boolean", short: "y", help: "do not ask" },
    json: { type: "boolean", help: "one JSON object a line" },
  },
  settings: { options: { ...storeSettings.options, ttl } },
  examples: [
    "persist-session clear 3f1c2a9e-7b0d-4c55-9a51-2f6f0c9f7a11",
    "persist-session clear --all --state app-state --yes",
    "persist-session clear 3f1c2a9e-7b0d-4c55-9a51-2f6f0c9f7a11 --state app-state --attribute todos",
  ],
  async run({ values, positionals }) {
    const named = positionals.map(ownerNamed);
    if (named.length > 0 === (values.all === true))
      throw new UsageError("clear needs the ids of sessions, or --all without any.");
    if (values.attribute !== undefined && values.state === undefined)
      throw new UsageError("--attribute needs --state, the key of the state that it belongs to.");
    const ttl = durationOption("ttl", values.ttl ?? "30d");
    return await withStore(values, async (store) => {
      const owners = await toClear(store, named, values.state);
      const what = whatOf(values.state, values.attribute);
      if (
        !(await agreed(values.yes === true, named.length, `Clear ${counted(owners.length, what)}?`))
      )
        return 1;
      if (values.state !== undefined && values.attribute !== undefined)
        return await clearOne(store, owners, values.state, values.attribute, values.json === true);
      // Stored records may expire later than the cookie: by a tenth, and a day at most.
      const until = Date.now() + ttl + Math.min(ttl / 10, 86_400_000);
      for (const owner of owners) {
        await store.clear(owner, {
          commitId: randomUUID(),
          until,
          ...(values.state === undefined ? {} : { state: values.state }),
        });
        if (values.json)
          await printLine(JSON.stringify({ owner, state: values.state, cleared: true }));
      }
      if (!values.json) process.stdout.write(`Cleared ${counted(owners.length, what)}.\n`);
      return 0;
    });
  },
});

function whatOf(state: string | undefined, attribute: string | undefined): string {
  if (state === undefined) return "session";
  const part = attribute === undefined ? "" : `"${safeText(attribute)}" of `;
  return `${part}"${safeText(state)}" of session`;
}

async function clearOne(
  store: Store,
  owners: readonly string[],
  state: string,
  attribute: string,
  json: boolean,
): Promise<number> {
  const { cleared, names } = await clearAttribute(store, owners, state, attribute);
  if (json) {
    for (const owner of cleared)
      await printLine(JSON.stringify({ owner, state, attribute, cleared: true }));
  } else if (cleared.length > 0) {
    process.stdout.write(`Cleared ${counted(cleared.length, whatOf(state, attribute))}.\n`);
  }
  if (cleared.length > 0) return 0;
  const others = [...names].toSorted().map((name) => `"${safeText(name)}"`);
  const there =
    others.length === 0
      ? `No state "${safeText(state)}" is stored of these sessions.`
      : `Its attributes are ${others.join(", ")}.`;
  process.stderr.write(
    `persist-session: "${safeText(state)}" has no attribute "${safeText(attribute)}" in these sessions. ${there}\n`,
  );
  return 1;
}

/**
 * The named owners with the tabs of their sessions, which would otherwise stay until they expire.
 * Without names, all owners.
 */
async function toClear(
  store: Store,
  named: readonly string[],
  state: string | undefined,
): Promise<string[]> {
  const wanted = new Set(named);
  const owners = new Set(named);
  for await (const { owner, states } of store.sessions()) {
    const session = sessionOfTab(owner);
    const chosen = named.length === 0 || (session !== undefined && wanted.has(`b:${session}`));
    if (chosen && (state === undefined || states.includes(state))) owners.add(owner);
  }
  return [...owners];
}

/** Asks for confirmation before clearing everything. Named sessions need none. */
async function agreed(yes: boolean, named: number, question: string): Promise<boolean> {
  if (yes || named > 0) return true;
  if (!process.stdin.isTTY)
    throw new UsageError("clear --all needs --yes if there is no terminal to ask on.");
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${question} [y/N] `);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}
