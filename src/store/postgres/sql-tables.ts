import type { Places } from "./places.ts";

/**
 * The tables. Names of owners, states and attributes are plain ASCII (see names.ts), so the collation "C" sorts them alike in
 * every database. Times are milliseconds since the Unix epoch.
 */
export function tablesSql(places: Places): string {
  return `
-- One row an owner. Every write locks it, so it is what orders the commits of an owner.
CREATE TABLE IF NOT EXISTS ${places.of("owners")} (
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
CREATE INDEX IF NOT EXISTS ${places.bare("owners_due")} ON ${places.of("owners")} (due_at);

CREATE TABLE IF NOT EXISTS ${places.of("records")} (
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
CREATE TABLE IF NOT EXISTS ${places.of("attributes")} (
  record bigint NOT NULL,
  name text COLLATE "C" NOT NULL,
  label text,
  version bigint NOT NULL,
  bytes bytea,
  PRIMARY KEY (record, name)
) WITH (fillfactor = 80);
-- Compressing would cost more time than it saves; large values are still moved out of the row.
ALTER TABLE ${places.of("attributes")} ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- The commits of the last minutes with what they were answered, for those who did not get the answer and ask again.
CREATE TABLE IF NOT EXISTS ${places.of("commits")} (
  owner text COLLATE "C" NOT NULL,
  commit_id text COLLATE "C" NOT NULL,
  made_at bigint NOT NULL,
  result text NOT NULL,
  PRIMARY KEY (owner, commit_id)
);
CREATE INDEX IF NOT EXISTS ${places.bare("commits_made")} ON ${places.of("commits")} (made_at);

-- Owners that some process watches at the moment: only their commits are told.
CREATE TABLE IF NOT EXISTS ${places.of("watches")} (
  owner text COLLATE "C" PRIMARY KEY,
  until bigint NOT NULL
);

CREATE SEQUENCE IF NOT EXISTS ${places.of("lives")};
`;
}
