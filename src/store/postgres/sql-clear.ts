import type { QualifiedNames } from "./qualified-names.ts";
import { THE_COMMIT } from "./sql-commit.ts";
import { NOW } from "./sql-read.ts";

/**
 * The functions behind Store.clear (the rules of plan-clear.ts) and Store.touch, and those for the
 * lives of a record.
 */
export function clearSql(names: QualifiedNames): string {
  return `
-- Epochs are never given out twice, even if the database was restored from a backup: they hold the time. The next one of
-- a record is above its last one, even if the clock went back.
CREATE OR REPLACE FUNCTION ${names.of("epoch")}(p_now bigint, p_id bigint, p_last bigint)
RETURNS bigint LANGUAGE sql IMMUTABLE AS $persist$
  SELECT greatest(p_now * 2048 + p_id % 2048, p_last + 1)
$persist$;

CREATE OR REPLACE FUNCTION ${names.of("put_record")}(p_record ${names.of("records")}) RETURNS void LANGUAGE sql AS $persist$
  INSERT INTO ${names.of("records")} SELECT (p_record).*
  ON CONFLICT (owner, state) DO UPDATE SET id = excluded.id, epoch = excluded.epoch, ended_epoch = excluded.ended_epoch,
    ended = excluded.ended, version = excluded.version, schema = excluded.schema, expires_at = excluded.expires_at,
    bytes = excluded.bytes, marks_from = excluded.marks_from
$persist$;

-- p_state null ends the owner. Answers 'cleared' or 'conflict'.
CREATE OR REPLACE FUNCTION ${names.of("clear")}(
  p_owner text, p_label text, p_state text, p_state_label text, p_commit text, p_until bigint, p_if_version bigint,
  p_wait text
) RETURNS text LANGUAGE plpgsql AS $persist$
DECLARE
  v_owner ${names.of("owners")};
  v_record ${names.of("records")};
  v_now bigint;
  v_alive boolean;
  v_found boolean;
  v_due bigint := 9223372036854775807;
BEGIN
  PERFORM set_config('lock_timeout', p_wait, true);
  v_owner := ${names.of("lock")}(p_owner, p_label, coalesce(p_if_version, 0) = 0);
  IF v_owner.owner IS NULL THEN
    RETURN 'conflict';
  END IF;
  PERFORM 1 FROM ${names.of("commits")} c WHERE ${THE_COMMIT};
  IF FOUND THEN
    RETURN 'cleared';
  END IF;
  v_now := ${NOW};
  v_alive := v_owner.expires_at > v_now;
  IF p_if_version <> (CASE WHEN v_alive THEN v_owner.version ELSE 0 END) THEN
    RETURN 'conflict';
  END IF;
  IF p_state IS NOT NULL AND v_alive AND v_owner.ended THEN
    RETURN 'cleared';
  END IF;
  IF NOT v_alive AND v_owner.version > 0 THEN
    PERFORM ${names.of("drop_life")}(p_owner, v_now);
    v_owner.bytes := 0;
  END IF;
  v_owner.version := v_owner.version + 1;
  IF p_state IS NULL THEN
    DELETE FROM ${names.of("attributes")} a USING ${names.of("records")} r WHERE r.owner = p_owner AND a.record = r.id;
    DELETE FROM ${names.of("records")} r WHERE r.owner = p_owner;
    v_owner.bytes := 0;
    -- A tombstone counts from the end of the owner, so ending may also bring the time forward.
    v_owner.expires_at := CASE
      WHEN v_alive AND v_owner.ended THEN greatest(v_owner.expires_at, p_until)
      ELSE p_until END;
    v_owner.ended := true;
  ELSE
    SELECT * INTO v_record FROM ${names.of("records")} r WHERE r.owner = p_owner AND r.state = p_state;
    v_found := FOUND;
    IF v_found THEN
      DELETE FROM ${names.of("attributes")} a WHERE a.record = v_record.id;
      v_owner.bytes := v_owner.bytes - v_record.bytes;
    END IF;
    -- A new epoch ends even if nothing lives: a write that was on its way before must not create the record after it.
    IF NOT v_found OR v_record.ended OR (v_record.expires_at > 0 AND v_record.expires_at <= v_now) THEN
      v_record.id := nextval('${names.of("lives")}');
      v_record.epoch := ${names.of("epoch")}(v_now, v_record.id, coalesce(v_record.epoch, 0));
    END IF;
    v_record.owner := p_owner;
    v_record.state := p_state;
    v_record.label := p_state_label;
    v_record.ended_epoch := 0;
    v_record.expires_at := CASE WHEN v_found AND v_record.ended THEN greatest(p_until, v_record.expires_at) ELSE p_until END;
    v_record.ended := true;
    v_record.version := v_owner.version;
    v_record.schema := 0;
    v_record.bytes := 0;
    v_record.marks_from := 0;
    PERFORM ${names.of("put_record")}(v_record);
    v_due := v_record.expires_at;
    -- An owner that is made for the tombstone's sake lives as long as it; of any other the expiry stays.
    IF NOT v_alive THEN
      v_owner.expires_at := p_until;
      v_owner.ended := false;
    END IF;
  END IF;
  PERFORM ${names.of("commit")}(v_owner, v_due, p_commit, '', v_now);
  PERFORM ${names.of("tell")}(p_owner, v_owner.version, coalesce('s' || p_state, 'e'), v_now);
  RETURN 'cleared';
END $persist$;

CREATE OR REPLACE FUNCTION ${names.of("touch")}(p_owner text, p_expires bigint, p_wait text)
RETURNS void LANGUAGE plpgsql AS $persist$
BEGIN
  PERFORM set_config('lock_timeout', p_wait, true);
  UPDATE ${names.of("owners")} o SET expires_at = p_expires
    WHERE o.owner = p_owner AND NOT o.ended AND o.expires_at < p_expires AND o.expires_at > ${NOW};
END $persist$;
`;
}
