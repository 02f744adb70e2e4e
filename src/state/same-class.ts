import type { Registration } from "./registry.ts";

/**
 * Whether two registrations under one key are of one class. A process may run several copies of the module that declares it: a hot reload
 * brings a new one, a bundler puts one into each chunk, under other names once it has minified them. So the name says that they are the same, but
 * not that they differ: then what the class declares decides, which no bundler renames. Nothing declared in both says nothing.
 */
export function isSameClass(one: Registration, other: Registration): boolean {
  if (one.stateClass === other.stateClass) return true;
  if (one.stateClass.name === other.stateClass.name) return true;
  const [left, right] = [shapeOf(one), shapeOf(other)];
  return left !== "" && left === right;
}

/** What a class declares: options, attributes, methods. Empty if there is nothing, or it cannot be known. */
function shapeOf({ stateClass, version, owner, ttl, transient, types }: Registration): string {
  try {
    const attributes = Object.keys(new stateClass());
    const methods = Object.getOwnPropertyNames(stateClass.prototype);
    if (attributes.length === 0 && methods.length === 1) return "";
    const options = [version, owner, ttl, [...transient].toSorted(), [...types.keys()].toSorted()];
    return JSON.stringify([attributes, methods.toSorted(), options]);
  } catch {
    // It cannot be built yet: a decorator runs before what the constructor needs may be there.
    return "";
  }
}
