import type { QualifiedNames } from "./qualified-names.ts";

/** Milliseconds since the Unix epoch by the server's clock, which is the same for all clients. */
export const NOW = "floor(date_part('epoch', clock_timestamp()) * 1000)::bigint";

/**
 * The functions that only read. They are STABLE: all their queries see the database as it was when
 * the call began, so each answer is a consistent snapshot.
 */
export function readSql(names: QualifiedNames): string {
  return `
-- What Store.read answers: a head (JSON) and all values, one after the other, as text. A value without a zero byte goes as
-- Latin-1 ("t"), which takes no more room than the bytes if they are ASCII; others, and all if the database cannot hold
-- Latin-1, as base64 ("b"). The driver can take neither binary results nor zeros.
CREATE OR REPLACE FUNCTION ${names.of("read")}(
  p_owner text, p_state text, p_epoch bigint, p_version bigint, p_wait text, OUT head text, OUT body text
) LANGUAGE plpgsql STABLE AS $persist$
DECLARE
  v_now bigint := ${NOW};
  v_status text := 'absent';
  v_ended boolean;
  v_expires bigint;
  v_id bigint;
  v_epoch bigint;
  v_ended_epoch bigint;
  v_record_ended boolean;
  v_version bigint;
  v_schema bigint;
  v_expiry bigint;
  v_marks_from bigint;
  v_known bigint;
  v_names json;
  v_utf8 boolean;
  v_zero bytea;
BEGIN
  PERFORM set_config('lock_timeout', p_wait, true);
  SELECT o.expires_at, o.ended, r.id, r.epoch, r.ended_epoch, r.ended, r.version, r.schema, r.expires_at, r.marks_from
    INTO v_expires, v_ended, v_id, v_epoch, v_ended_epoch, v_record_ended, v_version, v_schema, v_expiry, v_marks_from
    FROM ${names.of("owners")} o LEFT JOIN ${names.of("records")} r ON r.owner = o.owner AND r.state = p_state
    WHERE o.owner = p_owner;
  IF NOT FOUND THEN
    head := '["absent",0,0]';
    RETURN;
  END IF;
  IF v_expires > v_now THEN
    v_status := CASE WHEN v_ended THEN 'ended' ELSE 'living' END;
  ELSE
    v_expires := 0;
  END IF;
  IF v_id IS NULL THEN
    head := json_build_array(v_status, v_expires, 0);
    RETURN;
  END IF;
  IF v_status <> 'living' OR v_record_ended OR (v_expiry > 0 AND v_expiry <= v_now) THEN
    head := json_build_array(v_status, v_expires, CASE
      WHEN NOT v_record_ended THEN v_ended_epoch
      WHEN v_expiry > v_now THEN v_epoch
      ELSE 0 END);
    RETURN;
  END IF;
  IF p_epoch = v_epoch AND p_version BETWEEN v_marks_from AND v_version THEN
    v_known := p_version;
    IF v_known = v_version THEN
      head := concat('["living",', v_expires, ',', v_epoch, ',', v_version, ',', v_schema, ',', v_expiry, ',false,[]]');
      RETURN;
    END IF;
  END IF;
  v_utf8 := current_setting('server_encoding') = 'UTF8';
  v_zero := decode('00', 'hex');
  -- Both see the rows in the same order. OFFSET 0 keeps the planner from working out a step twice.
  SELECT json_agg(json_build_array(coalesce(a.label, a.name), a.version, a.size, a.kind)), string_agg(a.value, '')
    INTO v_names, body
    FROM (
      SELECT e.*, CASE e.kind WHEN 't' THEN e.bytes_size ELSE octet_length(e.value) END AS size
      FROM (
        SELECT k.label, k.name, k.version, k.kind, octet_length(k.bytes) AS bytes_size,
          CASE k.kind WHEN 't' THEN convert_from(k.bytes, 'LATIN1') WHEN 'b' THEN encode(k.bytes, 'base64') END AS value
        FROM (
          SELECT b.*, CASE
            WHEN b.bytes IS NULL THEN '-'
            WHEN v_utf8 AND position(v_zero IN b.bytes) = 0 THEN 't'
            ELSE 'b' END AS kind
          FROM (
            -- Joined to nothing, a large value is fetched once here and not at each use.
            SELECT c.label, c.name, c.version, c.bytes || ''::bytea AS bytes
            FROM ${names.of("attributes")} c
            WHERE c.record = v_id AND (v_known IS NULL OR c.version > v_known)
            OFFSET 0
          ) b
          OFFSET 0
        ) k
        OFFSET 0
      ) e
    ) a;
  head := json_build_array(v_status, v_expires, v_epoch, v_version, v_schema, v_expiry, v_known IS NULL,
    coalesce(v_names, '[]'::json));
END $persist$;

-- What Store.owner answers, as JSON.
CREATE OR REPLACE FUNCTION ${names.of("owner")}(p_owner text, p_wait text) RETURNS text LANGUAGE plpgsql STABLE AS $persist$
DECLARE
  v_now bigint := ${NOW};
  v_owner record;
  v_states json;
BEGIN
  PERFORM set_config('lock_timeout', p_wait, true);
  SELECT o.version, o.expires_at, o.ended INTO v_owner FROM ${names.of("owners")} o WHERE o.owner = p_owner;
  IF NOT FOUND OR v_owner.expires_at <= v_now THEN
    RETURN '["absent",0,0,[]]';
  END IF;
  IF NOT v_owner.ended THEN
    SELECT json_agg(coalesce(r.label, r.state)) INTO v_states FROM ${names.of("records")} r
      WHERE r.owner = p_owner AND NOT r.ended AND (r.expires_at = 0 OR r.expires_at > v_now);
  END IF;
  RETURN json_build_array(CASE WHEN v_owner.ended THEN 'ended' ELSE 'living' END,
    v_owner.version, v_owner.expires_at, coalesce(v_states, '[]'::json));
END $persist$;
`;
}
