/** A class whose instances may stand inside attributes. Rebuilt without running its constructor, which may be private. */
export interface ValueClass<T extends object = object> {
  readonly prototype: T;
}

/** The option `types`: what may stand inside attributes, by the name to store it under. */
export type ValueTypes = Readonly<Record<string, ValueClass>>;

/** The option left out. */
// oxlint-disable-next-line typescript/no-generated-empty-object-type -- no name, no class
export type NoTypes = Record<never, never>;

/** The instances of all of them. */
export type InstancesOf<V> = {
  [K in keyof V]: V[K] extends ValueClass<infer T> ? T : never;
}[keyof V];
