import type { QualifiedNames } from "./qualified-names.ts";
import { NOW } from "./sql-read.ts";

/** The functions behind Store.watch. */
export function watchSql(names: QualifiedNames): string {
  return `
-- Says that these owners are watched (a JSON array of keys) for this many milliseconds from now on, so that commits are told.
CREATE OR REPLACE FUNCTION ${names.of("watch")}(p_owners jsonb, p_for bigint, p_wait text) RETURNS void LANGUAGE plpgsql AS $persist$
BEGIN
  PERFORM set_config('lock_timeout', p_wait, true);
  INSERT INTO ${names.of("watches")} AS w
    -- In one order for all, so that two who do this at once do not wait for each other.
    SELECT DISTINCT e.owner, ${NOW} + p_for FROM jsonb_array_elements_text(p_owners) e(owner) ORDER BY e.owner
    ON CONFLICT (owner) DO UPDATE SET until = greatest(w.until, excluded.until);
END $persist$;

-- What changed of an owner after a version, as JSON: [status, version, names of changed states].
CREATE OR REPLACE FUNCTION ${names.of("changed")}(p_owner text, p_version bigint, p_wait text) RETURNS text LANGUAGE plpgsql STABLE AS $persist$
DECLARE
  v_owner record;
  v_states json;
BEGIN
  PERFORM set_config('lock_timeout', p_wait, true);
  SELECT o.version, o.ended, o.expires_at INTO v_owner FROM ${names.of("owners")} o WHERE o.owner = p_owner;
  IF NOT FOUND OR v_owner.expires_at <= ${NOW} THEN
    RETURN '["absent",0,[]]';
  END IF;
  SELECT json_agg(coalesce(r.label, r.state) ORDER BY r.version) INTO v_states FROM ${names.of("records")} r
    WHERE r.owner = p_owner AND r.version > p_version;
  RETURN json_build_array(CASE WHEN v_owner.ended THEN 'ended' ELSE 'living' END, v_owner.version, coalesce(v_states, '[]'::json));
END $persist$;
`;
}
