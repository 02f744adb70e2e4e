import { PersistError } from "../errors.ts";

/**
 * Beside each sealed attribute a record has its seal's number, under a name of its own: format `B`,
 * 16 bytes. Both are written by one write, so they have one version. No attribute of an app can
 * have a name like this one.
 */
const PREFIX = "\u0001seal:";

/** Where the number of an attribute's seal is. */
export function sealNameOf(attribute: string): string {
  return PREFIX + attribute;
}

/** Whether a name is the library's own, and no attribute of the app's. */
export function isSealName(name: string): boolean {
  return name.startsWith(PREFIX);
}

/** Whether a record holds the number of an attribute's seal. */
export function hasSealNumber(
  attributes: ReadonlyMap<string, { readonly bytes: Uint8Array | undefined }>,
  attribute: string,
): boolean {
  return attributes.get(sealNameOf(attribute))?.bytes !== undefined;
}

/** @throws PersistError `ERR_VALUE_UNSUPPORTED` if the name is the library's own */
export function checkAttributeName(state: string, name: string): void {
  if (!isSealName(name)) return;
  throw new PersistError(
    "ERR_VALUE_UNSUPPORTED",
    `${state} cannot have an attribute named ${JSON.stringify(name)}: names that begin with ${JSON.stringify(PREFIX)} are the library's own. ` +
      "Give the attribute another name.",
  );
}

/**
 * The attribute whose seal's number is under this name; undefined if the name is an attribute's.
 */
export function sealedAttribute(name: string): string | undefined {
  return isSealName(name) ? name.slice(PREFIX.length) : undefined;
}

/**
 * The numbers that a write has to remove: of attributes that it deletes, or gives a value without a
 * seal.
 *
 * @param isSealed - whether the record is known to have a number for the attribute
 */
export function staleSeals(
  { set, remove = [] }: { set: ReadonlyMap<string, unknown>; remove?: readonly string[] },
  isSealed: (attribute: string) => boolean,
): string[] {
  const stale: string[] = [];
  for (const names of [set.keys(), remove])
    for (const name of names)
      if (!isSealName(name) && isSealed(name) && !set.has(sealNameOf(name)))
        stale.push(sealNameOf(name));
  return stale;
}
