import type { QualifiedNames } from "./qualified-names.ts";
import { NOW } from "./sql-read.ts";

/**
 * The usual commit: one write to a living record, which only sets attributes. `write` has the same
 * rules for every commit; this function takes half of its time. It leaves everything else to
 * `write`, within the same call.
 */
export function changeSql(names: QualifiedNames): string {
  return `
-- p_names, p_starts and p_sizes: the attributes, and where the bytes of each are in p_values. p_base null merges. Answers as
-- "write" does. A commit that was made before raises unique_violation (or goes to "write"): then ask "write".
CREATE OR REPLACE FUNCTION ${names.of("change")}(
  p_owner text, p_commit text, p_expires bigint, p_max bigint, p_state text, p_epoch bigint, p_base bigint,
  p_schema bigint, p_expiry bigint, p_names text[], p_starts int[], p_sizes int[], p_values bytea, p_wait text
) RETURNS text LANGUAGE plpgsql AS $persist$
DECLARE
  v_now bigint := ${NOW};
  v_version bigint;
  v_id bigint;
  v_previous bigint;
  v_expiry bigint;
  v_total bigint;
  v_bytes bigint;
  v_usual boolean;
  v_watched boolean;
  v_count bigint;
  v_result text;
BEGIN
  PERFORM set_config('lock_timeout', p_wait, true);
  -- Locks nothing: every commit of the owner raises its version, so what was read here still holds if the version does.
  SELECT o.version + 1, r.id, r.version, coalesce(p_expiry, r.expires_at), o.bytes, (
        SELECT sum(octet_length(a.bytes)) FROM ${names.of("attributes")} a WHERE a.record = r.id AND a.name = ANY(p_names))
    INTO v_version, v_id, v_previous, v_expiry, v_total, v_bytes
    FROM ${names.of("owners")} o, ${names.of("records")} r
    WHERE o.owner = p_owner AND r.owner = p_owner AND r.state = p_state
      AND NOT o.ended AND o.expires_at > v_now
      AND NOT r.ended AND (r.expires_at = 0 OR r.expires_at > v_now)
      AND r.epoch = p_epoch AND (p_base IS NULL OR r.version = p_base);
  v_usual := FOUND;
  v_bytes := length(p_values) - coalesce(v_bytes, 0);
  IF v_usual AND v_total + v_bytes > p_max THEN
    v_usual := false;
  END IF;
  IF v_usual THEN
    UPDATE ${names.of("owners")} o SET
        version = v_version,
        expires_at = greatest(o.expires_at, p_expires),
        due_at = least(o.due_at, greatest(o.expires_at, p_expires), nullif(v_expiry, 0)),
        bytes = o.bytes + v_bytes
      WHERE o.owner = p_owner AND o.version = v_version - 1 AND NOT o.ended AND o.expires_at > v_now;
    v_usual := FOUND;
  END IF;
  IF NOT v_usual THEN
    -- Waiting for another commit's lock may have taken part of the time.
    RETURN ${names.of("write")}(p_owner, NULL, p_commit, p_expires, p_max, false,
      jsonb_build_array(jsonb_build_array(p_state, NULL, p_epoch, p_base, p_schema, p_expiry, (
        SELECT jsonb_agg(jsonb_build_array(s.name, NULL, s.start, s.size)) FROM unnest(p_names, p_starts, p_sizes) s(name, start, size)
      ), '[]'::jsonb)),
      p_values, greatest(1, rtrim(p_wait, 'ms')::bigint - ${NOW} + v_now) || 'ms');
  END IF;
  UPDATE ${names.of("records")} r SET version = v_version, schema = coalesce(p_schema, r.schema),
      expires_at = v_expiry, bytes = r.bytes + v_bytes
    WHERE r.owner = p_owner AND r.state = p_state AND r.id = v_id;
  IF NOT FOUND THEN
    -- The sweep has removed it meanwhile, which is no commit: the next attempt asks "write".
    RAISE EXCEPTION 'the record has expired' USING ERRCODE = '40001';
  END IF;
  IF cardinality(p_names) = 1 THEN
    UPDATE ${names.of("attributes")} a SET version = v_version, bytes = p_values
      WHERE a.record = v_id AND a.name = p_names[1];
  ELSE
    UPDATE ${names.of("attributes")} a SET version = v_version, bytes = substring(p_values FROM s.start FOR s.size)
      FROM unnest(p_names, p_starts, p_sizes) s(name, start, size) WHERE a.record = v_id AND a.name = s.name;
  END IF;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  IF v_count < cardinality(p_names) THEN
    INSERT INTO ${names.of("attributes")}
      SELECT v_id, s.name, NULL, v_version, substring(p_values FROM s.start FOR s.size)
      FROM unnest(p_names, p_starts, p_sizes) s(name, start, size)
      ON CONFLICT (record, name) DO NOTHING;
  END IF;
  v_result := concat('["living",[["w",', p_epoch, ',', v_version, ',', v_previous, ']]]');
  INSERT INTO ${names.of("commits")} VALUES (p_owner, p_commit, v_now, v_result)
    RETURNING EXISTS (SELECT 1 FROM ${names.of("watches")} w WHERE w.owner = p_owner AND w.until > v_now) INTO v_watched;
  IF v_watched THEN
    PERFORM ${names.of("tell")}(p_owner, v_version, 's' || p_state, v_now);
  END IF;
  RETURN v_result;
END $persist$;
`;
}
