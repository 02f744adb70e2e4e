/**
 * A class whose instances attributes may hold. Rebuilt without running its constructor,
 * which may be private.
 */
export interface ValueClass<T extends object = object> {
  readonly prototype: T;
}

/**
 * A class whose instances are stored as what `write` makes of them: for those that keep their
 * content in no property, or in properties that are private to them.
 */
// oxlint-disable-next-line typescript/no-explicit-any -- each entry has a class of its own, which its functions name
export interface ValueType<T extends object = any, W = any> {
  readonly type: ValueClass<T>;
  /**
   * Gives what is stored: any value that can be. The same for equal values, and nothing twice in
   * it. Called at each commit that looks at the value.
   */
  readonly write: (value: T) => W;
  /** Gives an instance of `type` of what `write` has given. */
  readonly read: (written: W) => T;
}

export type TypeEntry = ValueClass | ValueType;

export function isValueType(entry: TypeEntry): entry is ValueType {
  return typeof entry !== "function";
}

export function prototypeOf(entry: TypeEntry): object {
  return isValueType(entry) ? entry.type.prototype : entry.prototype;
}

const known = new WeakMap<ReadonlyMap<string, TypeEntry>, ReadonlyMap<object, string>>();
const NONE: ReadonlyMap<object, string> = new Map();

/** The names of the classes that are stored as what `write` makes of them, by their prototypes. */
export function writtenTypes(
  types: ReadonlyMap<string, TypeEntry> | undefined,
): ReadonlyMap<object, string> {
  if (types === undefined || types.size === 0) return NONE;
  let found = known.get(types);
  if (found === undefined) {
    const entries = [...types].filter(([, entry]) => isValueType(entry));
    found = new Map(entries.map(([name, entry]) => [prototypeOf(entry), name]));
    known.set(types, found);
  }
  return found;
}

/**
 * Whether a value is stored as what `write` makes of it. Then only its own class knows what it
 * holds, and it is kept or replaced as a whole.
 */
export function isWritten(
  types: ReadonlyMap<string, TypeEntry> | undefined,
  value: object,
): boolean {
  return writtenTypes(types).has(Object.getPrototypeOf(value) as object);
}
