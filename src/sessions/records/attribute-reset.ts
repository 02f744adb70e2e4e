import { hasSealNumber, staleSeals } from "../../identity/index.ts";
import { DEFAULT_MARK } from "../../state/index.ts";
import type { RecordWrite, StoredRecord } from "../../store/index.ts";

/**
 * The write that gives one attribute of a record the class's default again. It names the version that was read, and looks at none of the
 * bytes, so it is a way out also if they cannot be decoded.
 *
 * @param hasDefault - false: the class does not declare the attribute, so it is removed
 */
export function attributeReset(
  state: string,
  { epoch, version, schema, attributes }: StoredRecord,
  name: string,
  hasDefault: boolean,
): RecordWrite {
  const set = new Map(hasDefault ? [[name, DEFAULT_MARK]] : []);
  const remove = hasDefault ? [] : [name];
  const stale = staleSeals({ set, remove }, (sealed) => hasSealNumber(attributes, sealed));
  return { state, epoch, base: version, schema, set, remove: [...remove, ...stale] };
}
