/** The URLs of stores. */
export type StoreUrl =
  | "memory:"
  | `lmdb:${string}`
  | `redis://${string}`
  | `rediss://${string}`
  | `postgres://${string}`
  | `postgresql://${string}`;

/** Of the literal texts in `U`, those that can be no store URL. A `string`, or a pattern such as `${string}://host`, is left to run time. */
export type WrongStoreUrl<U extends string> = U extends string
  ? // oxlint-disable-next-line typescript/no-generated-empty-object-type -- fits the record of a pattern, and of no literal
    Record<never, never> extends Record<U, unknown>
    ? never
    : U extends `lmdb:${infer P}`
      ? WrongPath<P> extends true
        ? U
        : never
      : U extends StoreUrl
        ? never
        : U
  : never;

/** There is a directory, and no host before it. */
type WrongPath<P extends string> = P extends ""
  ? true
  : P extends `//${infer Rest}`
    ? Rest extends `/${infer Inner}`
      ? Inner extends `/${string}`
        ? true
        : false
      : true
    : false;
