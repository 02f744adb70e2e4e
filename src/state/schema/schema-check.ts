import { PersistError } from "../../errors.ts";
import type { Attributes } from "../registry.ts";
import type { Snapshot } from "../snapshot.ts";
import { declaredKeys } from "./declared-keys.ts";
import { type Path, placesOf } from "./places.ts";
import type { StandardResult, StandardSchema } from "./standard-schema.ts";

/**
 * The attributes as the schema gives them, or the places where they do not fit: ".items[0].qty".
 */
export type Checked = { readonly values: Attributes } | { readonly misfits: readonly string[] };

/** One value of each kind that a schema may let through under any name. */
const PROBES: readonly unknown[] = [null, "", 0, false, [], {}];

/** A state's schema, asked for whole records: it says nothing of single attributes. */
export class SchemaCheck {
  readonly #key: string;
  readonly #schema: StandardSchema;
  #declared: ReadonlySet<string> | undefined;
  /** Stored records that are known to fit. */
  readonly #fitting = new WeakSet<Snapshot>();

  /** @throws PersistError `ERR_SCHEMA_INVALID` if it is no Standard Schema */
  constructor(key: string, schema: unknown) {
    const standard = (schema as Partial<StandardSchema> | undefined)?.["~standard"];
    if (standard?.version !== 1 || typeof standard.validate !== "function") {
      throw new PersistError(
        "ERR_SCHEMA_INVALID",
        `state("${key}") takes a schema that speaks Standard Schema, such as z.object({…}) of zod, v.object({…}) of valibot or type({…}) of arktype.`,
      );
    }
    this.#key = key;
    this.#schema = schema as StandardSchema;
  }

  /**
   * @throws PersistError `ERR_SCHEMA_ASYNC` if the schema gives a promise, `ERR_SCHEMA_INVALID` if
   * it gives no object. Whatever the schema itself throws is a misfit of the whole.
   */
  check(attributes: unknown): Checked {
    let result: StandardResult<unknown> | Promise<StandardResult<unknown>>;
    try {
      result = this.#schema["~standard"].validate(attributes);
    } catch {
      return { misfits: [""] };
    }
    if (isPromise(result)) throw this.#isAsync(result);
    if (result.issues !== undefined) {
      const paths = result.issues.map(({ path = [] }) => path.map(keyOf));
      return { misfits: this.places(attributes, paths) };
    }
    const { value } = result;
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new PersistError(
        "ERR_SCHEMA_INVALID",
        `The schema of state("${this.#key}") gives something that is no object of attributes. Put it into one: z.object({ list: … }).`,
      );
    }
    return { values: value as Attributes };
  }

  /**
   * Whether a state may have an attribute of this name, as far as the schema says: one that names
   * its keys may still let others through.
   * @param attributes - those of a new state
   */
  mayHave(name: string, attributes: Attributes): boolean {
    const declared = (this.#declared ??= declaredKeys(this.#schema));
    if (Object.hasOwn(attributes, name) || declared.has(name) || declared.size === 0) return true;
    return PROBES.some((probe) => {
      const checked = this.check({ ...attributes, [name]: probe });
      return "values" in checked && Object.hasOwn(checked.values, name);
    });
  }

  /** Paths as a message may name them. */
  places(attributes: unknown, paths: readonly Path[]): readonly string[] {
    return placesOf(attributes, paths, () => this.#declaredKeys());
  }

  /** Whether the schema declares a key of this name, at the top or deeper. */
  declares(name: string): boolean {
    return this.#declaredKeys().has(name);
  }

  #declaredKeys(): ReadonlySet<string> {
    return (this.#declared ??= declaredKeys(this.#schema));
  }

  isKnown(snapshot: Snapshot): boolean {
    return this.#fitting.has(snapshot);
  }

  note(snapshot: Snapshot): void {
    this.#fitting.add(snapshot);
  }

  #isAsync(result: Promise<unknown>): PersistError {
    // Its failure is of no interest any more.
    result.then(undefined, () => {});
    return new PersistError(
      "ERR_SCHEMA_ASYNC",
      `The schema of state("${this.#key}") has async checks, and a state is checked when it is read and committed. Take them out, and make ` +
        `them in the code that changes the state.`,
    );
  }
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | null)?.then === "function";
}

function keyOf(part: PropertyKey | { readonly key: PropertyKey }): unknown {
  return typeof part === "object" && part !== null ? part.key : part;
}
