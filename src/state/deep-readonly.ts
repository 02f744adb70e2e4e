/** The compiler's message for a call that would change a read-only value. */
type OnlyForReading = "peek() gives values only for reading";

type Primitive = string | number | boolean | bigint | symbol | null | undefined;

/**
 * A method that cannot be called on the value. The value is still assignable wherever the type is
 * expected, because only the `this` type distinguishes the two.
 */
type Refused<F> = F extends (...args: infer A) => infer R
  ? (this: OnlyForReading, ...args: A) => R
  : F;

type Unchanging<T, C extends PropertyKey> = {
  readonly [K in keyof T]: K extends C ? Refused<T[K]> : T[K];
};

/**
 * A Date whose setters are refused. The two types are assignable to each other.
 */
export interface ReadonlyDate extends Unchanging<Date, `set${string}`> {}

type Pairs = "append" | "delete" | "set" | "sort";

interface ReadonlySearchParams extends Unchanging<URLSearchParams, Pairs> {}

interface ReadonlyHeaders extends Unchanging<Headers, Pairs> {}

interface ReadonlyUrl extends Omit<Unchanging<URL, never>, "searchParams"> {
  readonly searchParams: ReadonlySearchParams;
}

/**
 * Values that cannot be frozen: typed arrays and buffers, of which `peek` returns a copy. Functions
 * hold nothing that is stored.
 */
type AsItIs =
  | Primitive
  | ArrayBuffer
  | ArrayBufferView
  | ((...args: never) => unknown)
  | (abstract new (...args: never) => unknown);

/**
 * `T` as `peek` returns it: readonly at every depth, in arrays, tuples, Maps, Sets and objects.
 * Methods that would change a Date, a Map or another built-in are refused; methods of classes can
 * be called.
 *
 * A class with private members stays as it is inside an attribute, because it would no longer be
 * assignable to the class.
 */
export type DeepReadonly<T> = unknown extends T
  ? T
  : T extends AsItIs
    ? T
    : T extends Date
      ? ReadonlyDate
      : T extends URL
        ? ReadonlyUrl
        : T extends URLSearchParams
          ? ReadonlySearchParams
          : T extends Headers
            ? ReadonlyHeaders
            : T extends ReadonlyMap<infer K, infer V>
              ? ReadonlyMap<PartOf<K>, PartOf<V>>
              : T extends ReadonlySet<infer I>
                ? ReadonlySet<PartOf<I>>
                : { readonly [K in keyof T]: PartOf<T[K]> };

type PartOf<T> = unknown extends T ? T : T extends object ? PartOfObject<T> : T;

/** A copy of a type lacks its private members, and so fits the type only if there are none. */
type PartOfObject<T> = Pick<T, keyof T> extends T ? DeepReadonly<T> : T;
