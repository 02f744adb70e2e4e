import { MARKS_KEPT } from "../embedded/index.ts";
import type { QualifiedNames } from "./qualified-names.ts";
import { THE_COMMIT } from "./sql-commit.ts";
import { NOW } from "./sql-read.ts";

/**
 * The function behind Store.write: the rules of plan-write.ts, in one call and so in one
 * transaction.
 */
export function writeSql(names: QualifiedNames): string {
  return `
-- p_writes (JSON): for each write [state, label, epoch, base, schema, expiry, sets, removes]; base null merges, -1 is "absent"; a
-- set is [name, label, where its bytes begin in p_values, how many]; a remove [name, label]. Answers JSON: [owner's status,
-- outcomes]; an outcome is ["w", epoch, version, previous], ["c"] or ["e"].
CREATE OR REPLACE FUNCTION ${names.of("write")}(
  p_owner text, p_label text, p_commit text, p_expires bigint, p_max bigint, p_makes boolean,
  p_writes jsonb, p_values bytea, p_wait text
) RETURNS text LANGUAGE plpgsql AS $persist$
DECLARE
  v_owner ${names.of("owners")};
  v_record ${names.of("records")};
  v_now bigint;
  v_write jsonb;
  v_alive boolean;
  v_living boolean;
  v_new boolean;
  v_last bigint;
  v_base bigint;
  v_previous bigint;
  v_bytes bigint;
  v_dropped bigint;
  v_due bigint := 9223372036854775807;
  v_outcomes text := '';
  v_result text;
  v_states text[] := '{}';
  v_state text;
BEGIN
  PERFORM set_config('lock_timeout', p_wait, true);
  v_owner := ${names.of("lock")}(p_owner, p_label, p_makes);
  IF v_owner.owner IS NULL THEN
    RETURN (SELECT '["living",[' || coalesce(string_agg('["e"]', ','), '') || ']]' FROM jsonb_array_elements(p_writes));
  END IF;
  SELECT c.result INTO v_result FROM ${names.of("commits")} c WHERE ${THE_COMMIT};
  IF FOUND THEN
    RETURN v_result;
  END IF;
  v_now := ${NOW};
  v_alive := v_owner.expires_at > v_now;
  IF v_alive AND v_owner.ended THEN
    RETURN (SELECT '["ended",[' || coalesce(string_agg('["e"]', ','), '') || ']]' FROM jsonb_array_elements(p_writes));
  END IF;
  IF NOT v_alive AND v_owner.version > 0 THEN
    PERFORM ${names.of("drop_life")}(p_owner, v_now);
    v_owner.bytes := 0;
  END IF;
  v_owner.version := v_owner.version + 1;

  FOR v_write IN SELECT value FROM jsonb_array_elements(p_writes) LOOP
    v_state := v_write->>0;
    v_base := (v_write->>3)::bigint;
    SELECT * INTO v_record FROM ${names.of("records")} r WHERE r.owner = p_owner AND r.state = v_state;
    v_living := FOUND AND NOT v_record.ended AND (v_record.expires_at = 0 OR v_record.expires_at > v_now);
    v_last := CASE
      WHEN v_record.owner IS NULL THEN 0
      WHEN NOT v_record.ended THEN v_record.ended_epoch
      WHEN v_record.expires_at > v_now THEN v_record.epoch
      ELSE 0 END;
    v_new := NOT v_living;
    IF v_new THEN
      IF v_base IS DISTINCT FROM -1 OR (v_write->>2)::bigint < v_last THEN
        v_outcomes := v_outcomes || ',["e"]';
        CONTINUE;
      END IF;
      IF v_record.owner IS NOT NULL THEN
        DELETE FROM ${names.of("attributes")} a WHERE a.record = v_record.id;
        v_owner.bytes := v_owner.bytes - v_record.bytes;
      END IF;
      v_dropped := coalesce(v_record.epoch, 0);
      v_record := NULL;
      v_record.owner := p_owner;
      v_record.state := v_state;
      v_record.label := v_write->>1;
      v_record.id := nextval('${names.of("lives")}');
      v_record.epoch := ${names.of("epoch")}(v_now, v_record.id, v_dropped);
      v_record.ended_epoch := v_last;
      v_record.ended := false;
      v_record.version := 0;
      v_record.schema := 0;
      v_record.expires_at := 0;
      v_record.bytes := 0;
      v_record.marks_from := 0;
    ELSIF v_base = -1 THEN
      v_outcomes := v_outcomes || CASE WHEN (v_write->>2)::bigint < v_last THEN ',["e"]' ELSE ',["c"]' END;
      CONTINUE;
    ELSIF (v_write->>2)::bigint <> v_record.epoch THEN
      v_outcomes := v_outcomes || ',["e"]';
      CONTINUE;
    ELSIF v_base <> v_record.version THEN
      v_outcomes := v_outcomes || ',["c"]';
      CONTINUE;
    END IF;

    v_bytes := 0;
    IF NOT v_new THEN
      -- The values that are replaced or removed count no more.
      SELECT coalesce(sum(octet_length(a.bytes)), 0) INTO v_bytes FROM ${names.of("attributes")} a
        WHERE a.record = v_record.id AND a.name IN (
          SELECT e.value->>0 FROM jsonb_array_elements((v_write->6) || (v_write->7)) e);
      v_bytes := -v_bytes;
    END IF;
    IF jsonb_array_length(v_write->7) > 0 THEN
      INSERT INTO ${names.of("attributes")} AS a
        SELECT v_record.id, e.value->>0, e.value->>1, v_owner.version, NULL FROM jsonb_array_elements(v_write->7) e
        ON CONFLICT (record, name) DO UPDATE SET version = excluded.version, bytes = NULL WHERE a.bytes IS NOT NULL;
      -- Names that come and go must not make the record grow for ever.
      WITH dropped AS (
        DELETE FROM ${names.of("attributes")} a WHERE a.record = v_record.id AND a.name IN (
          SELECT m.name FROM ${names.of("attributes")} m WHERE m.record = v_record.id AND m.bytes IS NULL
          ORDER BY m.version DESC, m.name OFFSET ${MARKS_KEPT})
        RETURNING a.version
      )
      SELECT greatest(v_record.marks_from, max(d.version)) INTO v_record.marks_from FROM dropped d;
    END IF;
    IF jsonb_array_length(v_write->6) > 0 THEN
      INSERT INTO ${names.of("attributes")}
        SELECT v_record.id, e.value->>0, e.value->>1, v_owner.version,
          substring(p_values FROM (e.value->>2)::int FOR (e.value->>3)::int)
        FROM jsonb_array_elements(v_write->6) e
        ON CONFLICT (record, name) DO UPDATE SET version = excluded.version, bytes = excluded.bytes;
      SELECT v_bytes + sum((e.value->>3)::bigint) INTO v_bytes FROM jsonb_array_elements(v_write->6) e;
    END IF;
    v_previous := v_record.version;
    v_record.version := v_owner.version;
    v_record.schema := coalesce((v_write->>4)::bigint, v_record.schema);
    v_record.expires_at := coalesce((v_write->>5)::bigint, v_record.expires_at);
    v_record.bytes := v_record.bytes + v_bytes;
    v_owner.bytes := v_owner.bytes + v_bytes;
    IF v_record.expires_at > 0 THEN
      v_due := least(v_due, v_record.expires_at);
    END IF;
    IF v_new THEN
      PERFORM ${names.of("put_record")}(v_record);
    ELSE
      UPDATE ${names.of("records")} r SET version = v_record.version, schema = v_record.schema,
          expires_at = v_record.expires_at, bytes = v_record.bytes, marks_from = v_record.marks_from
        WHERE r.owner = p_owner AND r.state = v_state;
    END IF;
    v_states := v_states || v_state;
    v_outcomes := v_outcomes || ',["w",' || v_record.epoch || ',' || v_record.version || ',' || v_previous || ']';
  END LOOP;

  v_result := '["living",[' || substr(v_outcomes, 2) || ']]';
  IF cardinality(v_states) = 0 THEN
    IF NOT v_alive THEN
      UPDATE ${names.of("owners")} o SET bytes = v_owner.bytes WHERE o.owner = p_owner;
    END IF;
    RETURN v_result;
  END IF;
  IF v_owner.bytes > p_max THEN
    -- Records that expired by themselves may still be waiting for the sweep: they must not take the room.
    WITH dead AS (
      DELETE FROM ${names.of("records")} r
      WHERE r.owner = p_owner AND NOT r.ended AND r.expires_at > 0 AND r.expires_at <= v_now
      RETURNING r.id, r.bytes
    ), emptied AS (
      DELETE FROM ${names.of("attributes")} a USING dead WHERE a.record = dead.id
    )
    SELECT v_owner.bytes - coalesce(sum(d.bytes), 0) INTO v_owner.bytes FROM dead d;
    IF v_owner.bytes > p_max THEN
      RAISE EXCEPTION '%', v_owner.bytes USING ERRCODE = 'PS413';
    END IF;
  END IF;
  v_owner.expires_at := CASE WHEN v_alive THEN greatest(v_owner.expires_at, p_expires) ELSE p_expires END;
  v_owner.ended := false;
  PERFORM ${names.of("commit")}(v_owner, v_due, p_commit, v_result, v_now);
  FOREACH v_state IN ARRAY v_states LOOP
    PERFORM ${names.of("tell")}(p_owner, v_owner.version, 's' || v_state, v_now);
  END LOOP;
  RETURN v_result;
END $persist$;
`;
}
