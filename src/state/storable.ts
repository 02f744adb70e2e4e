/**
 * What the compiler can say about a class or a schema before anything runs. A type is refused only
 * if nothing useful of it could be stored: the run time decides about everything else, since types
 * do not show all that values do.
 */

/** Values that are stored as they are, and what a type may be that says less than its values do. */
type Leaf =
  | string
  | number
  | boolean
  | bigint
  | null
  | undefined
  | Date
  | RegExp
  | URL
  | URLSearchParams
  | Headers
  | ArrayBuffer
  | ArrayBufferView;

/**
 * One of each kind of value with methods: a type that one of them fits, such as `Iterable`, may be
 * meant for it.
 */
// oxlint-disable-next-line typescript/no-explicit-any -- whatever they hold
type Sample = Exclude<Leaf, null | undefined> | any[] | Map<any, any> | Set<any>;

type AnyFunction = ((...args: never) => unknown) | (abstract new (...args: never) => unknown);

/** How deep a type is followed, in levels of objects and lists. A recursive one ends here. */
type MaxDepth = 5;
type Less = [never, 0, 1, 2, 3, 4];

/**
 * The kinds that have a name. Types with the methods of a Map or Set have been taken for these
 * before.
 */
type KindOf<T> =
  T extends Promise<unknown>
    ? "a Promise"
    : T extends WeakMap<never, unknown>
      ? "a WeakMap"
      : T extends WeakSet<never>
        ? "a WeakSet"
        : T extends WeakRef<never>
          ? "a WeakRef"
          : "";

/**
 * Where and why no value of `T` can be stored, as the end of a path: ` is a symbol`,
 * `.done is a function`. Empty if some can. `R` are instances of the registered classes, `D` is how
 * much deeper to look.
 */
type Flaw<T, R, D extends number> = unknown extends T
  ? ""
  : [T] extends [Leaf]
    ? ""
    : D extends 0
      ? ""
      : "" extends FlawOfEach<T, R, D>
        ? ""
        : FlawOfEach<T, R, D>;

type FlawOfEach<T, R, D extends number> = T extends Leaf
  ? ""
  : T extends symbol
    ? " is a symbol"
    : T extends R
      ? ""
      : true extends Fits<R, T>
        ? ""
        : T extends AnyFunction
          ? " is a function"
          : T extends readonly unknown[]
            ? FlawOfList<T, R, D>
            : T extends ReadonlyMap<infer K, infer V>
              ?
                  | Prefixed<" key", Flaw<K, R, Less[D]>>
                  | Prefixed<" value", Flaw<V, R, Less[D]>> extends infer F
                ? Worst<F>
                : never
              : T extends ReadonlySet<infer I>
                ? Prefixed<" item", Flaw<I, R, Less[D]>>
                : FlawOfObject<T, R, D>;

type FlawOfList<T extends readonly unknown[], R, D extends number> = number extends T["length"]
  ? Prefixed<"[]", Flaw<T[number], R, Less[D]>>
  : Worst<{ [K in keyof T]: Prefixed<`[${K & string}]`, Flaw<T[K], R, Less[D]>> }[number]>;

type FlawOfObject<T, R, D extends number> =
  KindOf<T> extends ""
    ? Worst<FlawOfProperties<T, R, D>> extends infer F
      ? true extends Fits<Sample, T>
        ? ""
        : F
      : never
    : ` is ${KindOf<T>}`;

/** Names that begin with two underscores are marks of branded types, and stand on no value. */
type FlawOfProperties<T, R, D extends number> = {
  [K in keyof T]-?: K extends symbol | `__${string}`
    ? ""
    : Prefixed<string extends K ? "[…]" : `.${K & (string | number)}`, Flaw<T[K], R, Less[D]>>;
}[keyof T];

type Fits<V, T> = V extends T ? true : never;

/** Of what is wrong with several parts one is told: if there is one, that which lies not deep. */
type Worst<F> = [Exclude<F, "">] extends [never]
  ? ""
  : [Exclude<F, "" | Deep>] extends [never]
    ? LastOf<Exclude<F, "">>
    : LastOf<Exclude<F, "" | Deep>>;

type Deep = `.${string}.${string}` | `.${string}[${string}`;

type LastOf<U> = (U extends unknown ? (call: () => U) => void : never) extends (
  call: infer I,
) => void
  ? I extends () => infer L
    ? L
    : never
  : never;

type Prefixed<P extends string, F> = F extends "" ? "" : `${P}${F & string}`;

/**
 * Of the attributes of which no value can be stored, where and why. A type does not tell a function
 * from a method, so those are left to run time; and not a readonly field from a getter, so they are
 * too, unless `W` asks for all.
 */
export type UnstorableFields<T, N, R, W extends "own" | "all" = "own"> = {
  [K in keyof T]-?: K extends symbol | N
    ? never
    : Flaw<NonNullable<T[K]>, R, MaxDepth> extends infer F
      ? F extends ""
        ? never
        : [W, true] extends ["own", Fits<T[K], AnyFunction> | IsReadonly<T, K>]
          ? never
          : `${K & (string | number)}${F & string}`
      : never;
}[keyof T];

/* oxlint-disable typescript/no-unnecessary-type-parameters -- two functions are the same type only if their conditions are */
type IsReadonly<T, K extends keyof T> =
  (<X>() => X extends { [P in K]: T[P] } ? 1 : 2) extends <X>() => X extends {
    readonly [P in K]: T[P];
  }
    ? 1
    : 2
    ? true
    : never;
/* oxlint-enable typescript/no-unnecessary-type-parameters */

/**
 * `unknown` if values of all attributes of `T` can be stored, and else a text that names those that
 * cannot, which no class fits. `N` are the transient names, `R` the instances of the registered
 * classes, `C` what `T` is inferred from.
 *
 * The condition is written so that it is false for a type parameter of generic code: what such code
 * marks is left to run time.
 */
export type OnlyStorable<T, N, R, C> = {
  of: [UnstorableFields<T, N, R>] extends [never] ? 0 : 1;
} extends { of: C extends object ? 1 : 0 | 1 }
  ? `${UnstorableFields<T, N, R> & string}, which cannot be stored: change it, or name it in transient`
  : unknown;
