import type { QualifiedNames } from "./qualified-names.ts";
import { NOW } from "./sql-read.ts";

/** How long commits are remembered, in milliseconds: longer than any call keeps trying. */
const COMMITS_KEPT_FOR = 180_000;

/** The most remembered commits that one step of a sweep deletes. */
const FORGET = 1000;

/** The function behind Store.sweep. */
export function sweepSql(names: QualifiedNames): string {
  return `
-- Looks at up to p_limit owners that are due and removes what has expired of them. Who is being written is left for the next
-- time. Answers JSON: [how many were removed, how many were checked, whether more is due, whether
-- there are more commits to forget].
CREATE OR REPLACE FUNCTION ${names.of("sweep")}(p_now bigint, p_limit int, p_wait text) RETURNS text LANGUAGE plpgsql AS $persist$
DECLARE
  v_owner record;
  v_gone boolean;
  v_dead bigint;
  v_bytes bigint;
  v_left bigint;
  v_next bigint;
  v_removed bigint := 0;
  v_seen bigint := 0;
  v_forgotten bigint;
BEGIN
  PERFORM set_config('lock_timeout', p_wait, true);
  FOR v_owner IN
    SELECT o.owner, o.expires_at FROM ${names.of("owners")} o WHERE o.due_at <= p_now
    ORDER BY o.due_at LIMIT p_limit FOR UPDATE SKIP LOCKED
  LOOP
    EXIT WHEN v_removed >= p_limit;
    v_seen := v_seen + 1;
    v_gone := v_owner.expires_at <= p_now;
    WITH due AS (
      SELECT r.state FROM ${names.of("records")} r WHERE r.owner = v_owner.owner AND CASE
        WHEN r.ended THEN r.expires_at <= p_now
        ELSE v_gone OR (r.expires_at > 0 AND r.expires_at <= p_now) END
      -- An owner that is gone counts as one, with all that it had.
      LIMIT CASE WHEN v_gone THEN NULL ELSE p_limit - v_removed END
    ), dead AS (
      DELETE FROM ${names.of("records")} r USING due WHERE r.owner = v_owner.owner AND r.state = due.state
      RETURNING r.id, r.bytes
    ), emptied AS (
      DELETE FROM ${names.of("attributes")} a USING dead WHERE a.record = dead.id
    )
    SELECT count(*), coalesce(sum(d.bytes), 0) INTO v_dead, v_bytes FROM dead d;
    SELECT count(*), min(r.expires_at) FILTER (WHERE r.expires_at > 0) INTO v_left, v_next
      FROM ${names.of("records")} r WHERE r.owner = v_owner.owner;
    IF v_gone AND v_left = 0 THEN
      DELETE FROM ${names.of("owners")} o WHERE o.owner = v_owner.owner;
      v_removed := v_removed + 1;
    ELSE
      UPDATE ${names.of("owners")} o SET
        bytes = o.bytes - v_bytes,
        due_at = CASE WHEN v_gone THEN v_next ELSE least(o.expires_at, v_next) END
      WHERE o.owner = v_owner.owner;
      v_removed := v_removed + CASE WHEN v_gone THEN least(v_dead, 1) ELSE v_dead END;
    END IF;
  END LOOP;
  DELETE FROM ${names.of("commits")} c WHERE c.ctid = ANY(ARRAY(
    SELECT d.ctid FROM ${names.of("commits")} d WHERE d.made_at < ${NOW} - ${COMMITS_KEPT_FOR}
    LIMIT ${FORGET} FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS v_forgotten = ROW_COUNT;
  DELETE FROM ${names.of("watches")} w WHERE w.owner IN (
    SELECT v.owner FROM ${names.of("watches")} v WHERE v.until <= ${NOW} LIMIT p_limit FOR UPDATE SKIP LOCKED);
  PERFORM 1 FROM ${names.of("owners")} o WHERE o.due_at <= p_now LIMIT 1 FOR UPDATE SKIP LOCKED;
  RETURN json_build_array(v_removed, v_seen, FOUND, v_forgotten = ${FORGET});
END $persist$;

-- One page of Store.sessions: the living owners after p_after, by their keys.
CREATE OR REPLACE FUNCTION ${names.of("list")}(p_after text, p_limit int, p_wait text) RETURNS SETOF text LANGUAGE plpgsql STABLE AS $persist$
DECLARE
  v_now bigint := ${NOW};
BEGIN
  PERFORM set_config('lock_timeout', p_wait, true);
  RETURN QUERY
    SELECT json_build_array(o.owner, o.label, NOT o.ended AND o.expires_at > v_now, o.bytes, o.expires_at, (
        SELECT json_agg(coalesce(r.label, r.state)) FROM ${names.of("records")} r
        WHERE r.owner = o.owner AND NOT r.ended AND (r.expires_at = 0 OR r.expires_at > v_now)))::text
    FROM ${names.of("owners")} o WHERE p_after IS NULL OR o.owner > p_after
    ORDER BY o.owner LIMIT p_limit;
END $persist$;
`;
}
