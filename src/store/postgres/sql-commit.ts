import type { Places } from "./places.ts";
import { NOW } from "./sql-read.ts";

/** Commits that an owner remembers in any case, and at most; between the two, those of the last so many milliseconds. */
const COMMITS_KEPT = 8;
const MOST_COMMITS_KEPT = 32;
const COMMITS_KEPT_FOR = 60_000;

/** Clocks of server and client may drift apart by this much within one call. */
const DRIFT = 1000;

/**
 * What write and clear have in common: they begin by locking the owner's row, so that the commits of one owner come one after
 * the other, and end by storing it with the commit remembered.
 */
export function commitSql(places: Places): string {
  return `
-- Locks the owner's row, making it where there is none. Gives null where there is none and none is to be made.
CREATE OR REPLACE FUNCTION ${places.of("lock")}(p_owner text, p_label text, p_make boolean)
RETURNS ${places.of("owners")} LANGUAGE plpgsql AS $persist$
DECLARE
  v_owner ${places.of("owners")};
BEGIN
  LOOP
    SELECT * INTO v_owner FROM ${places.of("owners")} o WHERE o.owner = p_owner FOR UPDATE;
    IF FOUND THEN
      RETURN v_owner;
    END IF;
    IF NOT p_make THEN
      RETURN NULL;
    END IF;
    INSERT INTO ${places.of("owners")}
      VALUES (p_owner, p_label, 0, 0, 9223372036854775807, false, 0, '{}', '{}', '{}', 0)
      ON CONFLICT DO NOTHING
      RETURNING * INTO v_owner;
    IF FOUND THEN
      RETURN v_owner;
    END IF;
  END LOOP;
END $persist$;

-- The remembered result of a commit; null where it is new. p_since: a call that is repeated because it got no answer says how
-- long ago it was made first, since its commit may have been done and forgotten.
CREATE OR REPLACE FUNCTION ${places.of("past")}(
  p_ids text[], p_results text[], p_forgotten_at bigint, p_commit text, p_since bigint
) RETURNS text LANGUAGE plpgsql AS $persist$
DECLARE
  v_at int := array_position(p_ids, p_commit);
BEGIN
  IF v_at IS NOT NULL THEN
    RETURN p_results[v_at];
  END IF;
  IF p_since IS NOT NULL AND p_forgotten_at >= ${NOW} - p_since - ${DRIFT} THEN
    RAISE EXCEPTION 'the commit may have been forgotten' USING ERRCODE = 'PS409';
  END IF;
  RETURN NULL;
END $persist$;

-- Removes what an expired owner left behind, but for the tombstones that still hold.
CREATE OR REPLACE FUNCTION ${places.of("drop_life")}(p_owner text, p_now bigint) RETURNS void LANGUAGE sql AS $persist$
  WITH dead AS (
    DELETE FROM ${places.of("records")} r
    WHERE r.owner = p_owner AND NOT (r.ended AND r.expires_at > p_now)
    RETURNING r.id
  )
  DELETE FROM ${places.of("attributes")} a USING dead WHERE a.record = dead.id;
$persist$;

-- Stores the owner as a commit leaves it. The numbers of remembered commits: at least ${COMMITS_KEPT}, at most ${MOST_COMMITS_KEPT}.
CREATE OR REPLACE FUNCTION ${places.of("commit")}(
  p_owner ${places.of("owners")}, p_due bigint, p_commit text, p_result text, p_now bigint
) RETURNS void LANGUAGE plpgsql AS $persist$
DECLARE
  v_count int := cardinality(p_owner.commit_ids);
  v_drop int := 0;
BEGIN
  WHILE v_count - v_drop >= ${COMMITS_KEPT} AND
      (v_count - v_drop >= ${MOST_COMMITS_KEPT} OR p_owner.commit_times[v_drop + 1] < p_now - ${COMMITS_KEPT_FOR}) LOOP
    v_drop := v_drop + 1;
  END LOOP;
  UPDATE ${places.of("owners")} o SET
    version = p_owner.version,
    expires_at = p_owner.expires_at,
    due_at = least(o.due_at, p_owner.expires_at, p_due),
    ended = p_owner.ended,
    bytes = p_owner.bytes,
    commit_ids = o.commit_ids[v_drop + 1:] || p_commit,
    commit_times = o.commit_times[v_drop + 1:] || p_now,
    commit_results = o.commit_results[v_drop + 1:] || p_result,
    forgotten_at = CASE WHEN v_drop = 0 THEN o.forgotten_at ELSE o.commit_times[v_drop] END
  WHERE o.owner = p_owner.owner;
END $persist$;

-- Tells of a change where somebody watches the owner. The hash keeps the message short, whatever the owner's name.
CREATE OR REPLACE FUNCTION ${places.of("tell")}(p_owner text, p_version bigint, p_what text, p_now bigint)
RETURNS void LANGUAGE plpgsql AS $persist$
BEGIN
  IF EXISTS (SELECT 1 FROM ${places.of("watches")} w WHERE w.owner = p_owner AND w.until > p_now) THEN
    PERFORM pg_notify('${places.channel}', md5(p_owner) || ' ' || p_version || ' ' || p_what);
  END IF;
END $persist$;
`;
}
