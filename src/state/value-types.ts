import type { TypeEntry, ValueClass, ValueType } from "./codec/index.ts";

/**
 * The option `types`: classes whose instances attributes may hold, by the name to store them under.
 */
export type ValueTypes = Readonly<Record<string, TypeEntry>>;

/** The option left out. */
// oxlint-disable-next-line typescript/no-generated-empty-object-type -- no name, no class
export type NoTypes = Record<never, never>;

/** The entries, whose `write` and `read` have to fit their class and each other. */
export type CheckedTypes<V> = {
  readonly [K in keyof V]: V[K] extends {
    readonly type: ValueClass<infer T>;
    readonly write: (value: never) => infer W;
  }
    ? ValueType<T, W>
    : unknown;
};

/** The instances of all of them. */
export type InstancesOf<V> = {
  [K in keyof V]: V[K] extends { readonly type: ValueClass<infer T> }
    ? T
    : V[K] extends ValueClass<infer T>
      ? T
      : never;
}[keyof V];
