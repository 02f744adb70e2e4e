import type { Registration } from "./registry.ts";

/**
 * Minifiers give names of up to this many characters; they differ between the chunks of one build,
 * and repeat within them.
 */
const MAX_MINIFIED_NAME = 2;

/**
 * Whether two registrations under one key are of one class. A process may run several copies of the
 * module that declares it: a hot reload brings a new one, a bundler puts one into each chunk, under
 * other names once it has minified them. What the class declares decides, which no bundler renames.
 * In development a hot reload brings a class that was edited meanwhile: there its written name says
 * that it is the same, or, under a framework's development server, the key alone.
 */
export function isSameClass(one: Registration, other: Registration): boolean {
  if (one.stateClass === other.stateClass) return true;
  const [left, right] = [shapeOf(one), shapeOf(other)];
  const isAlike =
    (one.schema === undefined) === (other.schema === undefined) &&
    left.rest === right.rest &&
    (left.attributes === right.attributes || [left, right].some(isUnknown));
  const mode = process.env["NODE_ENV"];
  if (mode === "production") return isAlike;
  if (mode === "development") return true;
  const { name } = one.stateClass;
  // The name of a schema's state is its key.
  if (one.schema !== undefined) return isAlike;
  if (name === other.stateClass.name && name.length > MAX_MINIFIED_NAME) return true;
  return isAlike && !isUnknown(left) && left.says;
}

/** What a class declares: options, attributes, methods. */
interface Shape {
  /** Undefined if they cannot be known yet. */
  readonly attributes: string | undefined;
  readonly rest: string;
  /** Whether there is anything by which two classes could differ. */
  readonly says: boolean;
}

function isUnknown({ attributes }: Shape): boolean {
  return attributes === undefined;
}

function shapeOf({ stateClass, version, owner, ttl, transient, types }: Registration): Shape {
  const methods = Object.getOwnPropertyNames(stateClass.prototype ?? {});
  const options = [version, owner, ttl, [...transient].toSorted(), [...types.keys()].toSorted()];
  const rest = JSON.stringify([methods.toSorted(), options]);
  try {
    const attributes = Object.keys(new stateClass());
    const says = attributes.length > 0 || methods.length > 1;
    return { attributes: JSON.stringify(attributes), rest, says };
  } catch {
    // It cannot be built yet: a decorator runs before what the constructor needs may be there.
    return { attributes: undefined, rest, says: false };
  }
}
