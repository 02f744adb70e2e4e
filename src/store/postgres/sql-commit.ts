import type { QualifiedNames } from "./qualified-names.ts";

/** Finds the row of `commits` of the commit that is asked for. */
export const THE_COMMIT = `c.owner_hash = hashtextextended(p_owner COLLATE "C", 0)
    AND c.commit_hash = hashtextextended(p_commit COLLATE "C", 0) AND c.owner = p_owner AND c.commit_id = p_commit`;

/**
 * What write and clear share. They begin by locking the owner's row, so commits of one owner come
 * one after another. They end by storing it together with their answer.
 */
export function commitSql(names: QualifiedNames): string {
  return `
-- Locks the owner's row, making it if there is none. Gives null if there is none and none may be made.
CREATE OR REPLACE FUNCTION ${names.of("lock")}(p_owner text, p_label text, p_make boolean)
RETURNS ${names.of("owners")} LANGUAGE plpgsql AS $persist$
DECLARE
  v_owner ${names.of("owners")};
BEGIN
  LOOP
    SELECT * INTO v_owner FROM ${names.of("owners")} o WHERE o.owner = p_owner FOR UPDATE;
    IF FOUND THEN
      RETURN v_owner;
    END IF;
    IF NOT p_make THEN
      RETURN NULL;
    END IF;
    INSERT INTO ${names.of("owners")}
      VALUES (p_owner, p_label, 0, 0, 9223372036854775807, false, 0)
      ON CONFLICT DO NOTHING
      RETURNING * INTO v_owner;
    IF FOUND THEN
      RETURN v_owner;
    END IF;
  END LOOP;
END $persist$;

-- Removes what an expired owner left behind, but for the tombstones that still hold.
CREATE OR REPLACE FUNCTION ${names.of("drop_life")}(p_owner text, p_now bigint) RETURNS void LANGUAGE sql AS $persist$
  WITH dead AS (
    DELETE FROM ${names.of("records")} r
    WHERE r.owner = p_owner AND NOT (r.ended AND r.expires_at > p_now)
    RETURNING r.id
  )
  DELETE FROM ${names.of("attributes")} a USING dead WHERE a.record = dead.id;
$persist$;

-- Stores the owner as a commit leaves it, and remembers the commit.
CREATE OR REPLACE FUNCTION ${names.of("commit")}(
  p_owner ${names.of("owners")}, p_due bigint, p_commit text, p_result text, p_now bigint
) RETURNS void LANGUAGE plpgsql AS $persist$
BEGIN
  UPDATE ${names.of("owners")} o SET
    version = p_owner.version,
    expires_at = p_owner.expires_at,
    due_at = least(o.due_at, p_owner.expires_at, p_due),
    ended = p_owner.ended,
    bytes = p_owner.bytes
  WHERE o.owner = p_owner.owner;
  INSERT INTO ${names.of("commits")} VALUES (p_owner.owner, p_commit, p_now, p_result);
END $persist$;

-- Tells of a change if the owner is watched. The hash keeps the message short, whatever the owner's name.
CREATE OR REPLACE FUNCTION ${names.of("tell")}(p_owner text, p_version bigint, p_what text, p_now bigint)
RETURNS void LANGUAGE plpgsql AS $persist$
BEGIN
  IF EXISTS (SELECT 1 FROM ${names.of("watches")} w WHERE w.owner = p_owner AND w.until > p_now) THEN
    PERFORM pg_notify('${names.channel}', md5(p_owner) || ' ' || p_version || ' ' || p_what);
  END IF;
END $persist$;
`;
}
