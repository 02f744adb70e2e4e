/**
 * What there must be one of in a process, however many copies of this module it runs: bundlers make
 * one for each chunk or layer (Next: pages and route handlers), and a package manager may install
 * two. The copy that comes first makes it, the others find it.
 *
 * @param name - ends in the version of its form: copies that would not understand each other must
 *   not meet
 */
export function processWide<T extends object>(name: `${string}.${number}`, make: () => T): T {
  const place = globalThis as unknown as Record<symbol, T | undefined>;
  const key = Symbol.for(`persist-session.${name}`);
  const found = place[key];
  if (found !== undefined) return found;
  const made = make();
  // Not enumerable, so that nothing which copies or lists the globals comes across it.
  Object.defineProperty(place, key, { value: made });
  return made;
}

/**
 * Lets `instanceof` know the instances that another copy of this module has made.
 * @param brand - names what they are, with the version of their form
 */
export function knowCopies(
  constructor: { readonly prototype: object },
  brand: `${string}.${number}`,
): void {
  const key = Symbol.for(`persist-session.${brand}`);
  Object.defineProperty(constructor.prototype, key, { value: true });
  Object.defineProperty(constructor, Symbol.hasInstance, {
    value: (value: unknown): boolean => typeof value === "object" && value !== null && key in value,
  });
}
