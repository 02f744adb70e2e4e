// Node 24 brings V8 13, which shares hidden classes even after a change of prototype; there a table
// would only be slower.
const helps = Number(process.versions.v8.split(".")[0]) < 13;

/**
 * Makes V8 keep an object's properties in a table of its own, in place of a hidden class, and
 * changes nothing else.
 *
 * Express gives each request and response another prototype. From then on the V8 of Node 20 and 22
 * makes a new hidden class for each property that is added to each of them, so that no two
 * responses have the same one, and none of V8's caches helps when Node's own code works with them.
 * Objects with a table share one class. (Measured on Node 20: an Express request with hooks like
 * ours takes about 110 µs of processor time with this, 210 µs without, and 123 µs with neither this
 * nor hooks.)
 *
 * @param own - a plain property that the object's constructor set; deleting one that is not the
 *   last is what makes V8 do it
 * @param usual - the prototype that Node gives: an object that still has it needs no help
 */
export function keepAsTable<Name extends string>(
  object: { [name in Name]?: unknown },
  own: Name,
  usual: object,
): void {
  if (!helps || Object.getPrototypeOf(object) === usual || !Object.hasOwn(object, own)) return;
  const value = object[own];
  delete object[own];
  object[own] = value;
}
