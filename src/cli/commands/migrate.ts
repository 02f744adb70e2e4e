import { storeOption, storeSettings } from "../admin/index.ts";
import { defineCommand } from "../command.ts";
import { storeUrl } from "../store-url.ts";
import { UsageError } from "../usage-error.ts";

/** `persist-session migrate`: the tables of PostgreSQL. */
export const migrate = defineCommand({
  usage: "migrate --store postgres://… [options]",
  description: `Makes or updates the tables and functions of a PostgreSQL store, as an app does at its start unless its store says migrate=false. May run while apps
use the store. The other stores need no such step.`,
  options: {
    ...storeOption,
    store: {
      ...storeOption.store,
      help: "the store: postgres://host/db?schema=…&prefix=…",
      preset: "PERSIST_SESSION_STORE",
    },
    sql: {
      type: "boolean",
      help: "print the SQL, for psql --single-transaction, and change nothing",
    },
  },
  settings: storeSettings,
  examples: [
    "persist-session migrate --store postgres://owner@db.example/app",
    "persist-session migrate --store 'postgres://db.example/app?schema=sessions' --sql | psql --single-transaction app",
  ],
  async run({ values, positionals }) {
    const url = storeUrl({
      role: "store",
      url: values.store,
      passwordFile: values["store-password-file"],
    });
    if (positionals.length > 0) throw new UsageError("migrate takes options only.");
    if (url === undefined || !/^postgres(ql)?:/.test(url))
      throw new UsageError("migrate needs a PostgreSQL store: --store postgres://host/database.");
    const { openPostgresStore, postgresSchema } = await import("../../store/postgres.ts");
    if (values.sql === true) {
      const params = new URL(url).searchParams;
      const [schema, prefix] = [params.get("schema"), params.get("prefix")];
      process.stdout.write(
        postgresSchema({ ...(schema !== null && { schema }), ...(prefix !== null && { prefix }) }),
      );
      return 0;
    }
    const store = await openPostgresStore({ url, migrate: true });
    try {
      // Opening succeeds even if the server is away. A read does not.
      await store.owner("b:readiness");
    } finally {
      await store.close();
    }
    process.stdout.write("The tables are there, in the version of this program.\n");
    return 0;
  },
});
