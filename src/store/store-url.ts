/** The URLs of stores. */
export type StoreUrl =
  | "memory:"
  | `lmdb:${string}`
  | `redis://${string}`
  | `rediss://${string}`
  | `postgres://${string}`
  | `postgresql://${string}`;

// oxlint-disable-next-line typescript/no-generated-empty-object-type -- fits the record of a pattern, and of no literal
type IsLiteral<U extends string> = Record<never, never> extends Record<U, unknown> ? false : true;

/**
 * The literal texts in `U` that are not valid store URLs. A `string`, or a pattern such as
 * `${string}://host`, is left to run time.
 */
export type WrongStoreUrl<U extends string> = U extends string
  ? IsLiteral<U> extends false
    ? never
    : U extends `lmdb:${infer P}`
      ? WrongPath<P> extends true
        ? U
        : never
      : U extends StoreUrl
        ? never
        : U
  : never;

/**
 * `unknown` if the option `url` may begin with `K`; otherwise a type whose message names the valid
 * URLs.
 */
export type CheckedServerUrl<U extends string, K extends string> = [WrongServerUrl<U, K>] extends [
  never,
]
  ? unknown
  : { url: `"${WrongServerUrl<U, K>}" is no URL of this store, such as ${K}host` };

type WrongServerUrl<U extends string, K extends string> = U extends string
  ? IsLiteral<U> extends false
    ? never
    : Lowercase<U> extends `${K}${string}`
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
