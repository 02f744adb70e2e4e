import type { QualifiedNames } from "./qualified-names.ts";

/**
 * The tables. Names of owners, states and attributes are plain ASCII (see names.ts), so the
 * collation "C" sorts them alike in every database. Times are milliseconds since the Unix epoch.
 */
export function tablesSql(names: QualifiedNames): string {
  return `
${updateSql(names)}
-- One row an owner. Every write locks it, so it is what orders the commits of an owner.
CREATE TABLE IF NOT EXISTS ${names.of("owners")} (
  owner text COLLATE "C" PRIMARY KEY,
  label text,
  version bigint NOT NULL,
  expires_at bigint NOT NULL,
  -- When the sweep is to look at the owner or its records. Extending an expiry leaves it as it is, so that most
  -- writes change no index; the sweep then finds nothing to remove and sets a later time.
  due_at bigint NOT NULL,
  ended boolean NOT NULL,
  bytes bigint NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX IF NOT EXISTS ${names.bare("owners_due")} ON ${names.of("owners")} (due_at);

CREATE TABLE IF NOT EXISTS ${names.of("records")} (
  owner text COLLATE "C" NOT NULL,
  state text COLLATE "C" NOT NULL,
  label text,
  -- Names the life of the record within this database; attributes belong to a life.
  id bigint NOT NULL,
  epoch bigint NOT NULL,
  ended_epoch bigint NOT NULL,
  ended boolean NOT NULL,
  version bigint NOT NULL,
  schema bigint NOT NULL,
  expires_at bigint NOT NULL,
  bytes bigint NOT NULL,
  marks_from bigint NOT NULL,
  PRIMARY KEY (owner, state)
) WITH (fillfactor = 70);

-- One row an attribute. Without bytes it is a deletion mark.
CREATE TABLE IF NOT EXISTS ${names.of("attributes")} (
  record bigint NOT NULL,
  name text COLLATE "C" NOT NULL,
  label text,
  version bigint NOT NULL,
  bytes bytea,
  PRIMARY KEY (record, name)
) WITH (fillfactor = 80);
-- Compressing would cost more time than it saves; large values are still moved out of the row.
ALTER TABLE ${names.of("attributes")} ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- The commits of the last minutes with what they were answered, for those who did not get the answer and ask again.
CREATE TABLE IF NOT EXISTS ${names.of("commits")} (
  owner text COLLATE "C" NOT NULL,
  commit_id text COLLATE "C" NOT NULL,
  made_at bigint NOT NULL,
  result text NOT NULL,
  -- Every commit puts a row into this index: numbers cost half of what the names do.
  owner_hash bigint GENERATED ALWAYS AS (hashtextextended(owner, 0)) STORED,
  commit_hash bigint GENERATED ALWAYS AS (hashtextextended(commit_id, 0)) STORED,
  CONSTRAINT ${names.bare("commits_pkey")} PRIMARY KEY (owner_hash, commit_hash)
);
CREATE INDEX IF NOT EXISTS ${names.bare("commits_made")} ON ${names.of("commits")} (made_at);

-- Owners that some process watches at the moment: only their commits are told.
CREATE TABLE IF NOT EXISTS ${names.of("watches")} (
  owner text COLLATE "C" PRIMARY KEY,
  until bigint NOT NULL
);

CREATE SEQUENCE IF NOT EXISTS ${names.of("lives")};
`;
}

/**
 * Updates for older tables. They come first: a commit uses its table first, and a caller
 * that locks tables in another order could wait for a commit that waits for it. Columns stay, so
 * that calls which began before it can end.
 */
function updateSql(names: QualifiedNames): string {
  const commits = names.of("commits");
  return `-- Version 1 named commits by owner and id.
DO $persist$ BEGIN
  IF EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = to_regclass('${commits}') AND a.attname = 'commit_id')
    AND NOT EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = to_regclass('${commits}') AND a.attname = 'commit_hash')
  THEN
    ALTER TABLE ${commits}
      ADD COLUMN owner_hash bigint GENERATED ALWAYS AS (hashtextextended(owner, 0)) STORED,
      ADD COLUMN commit_hash bigint GENERATED ALWAYS AS (hashtextextended(commit_id, 0)) STORED,
      DROP CONSTRAINT ${names.bare("commits_pkey")},
      ADD CONSTRAINT ${names.bare("commits_pkey")} PRIMARY KEY (owner_hash, commit_hash);
  END IF;
END $persist$;
`;
}
