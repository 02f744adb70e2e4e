/**
 * What a validation gives: the value, which the schema may have completed, or what is wrong with
 * it.
 */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

/** One thing that is wrong. Its message may hold the value, so it is never shown. */
export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/**
 * A schema of any library that speaks Standard Schema, version 1 (zod, valibot, arktype, …):
 * https://standardschema.dev.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  /**
   * What the specification asks of a schema: its version, its library's name, and the validation.
   */
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

type TypesOf<S extends StandardSchema> = NonNullable<S["~standard"]["types"]>;

/** What a schema takes. */
export type InputOf<S extends StandardSchema> = TypesOf<S>["input"];

/** What a schema gives: the type of the state. */
export type OutputOf<S extends StandardSchema> = TypesOf<S>["output"];
