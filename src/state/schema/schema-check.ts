import { PersistError } from "../../errors.ts";
import type { Attributes } from "../registry.ts";
import type { Snapshot } from "../snapshot.ts";
import type { StandardIssue, StandardResult, StandardSchema } from "./standard-schema.ts";

/** The attributes as the schema gives them, or the places where they do not fit: ".items[0].qty". */
export type Checked = { readonly values: Attributes } | { readonly misfits: readonly string[] };

/** Most places that a message names. */
const MAX_MISFITS = 5;
const MAX_KEY = 40;

/** A state's schema, asked for whole records: it says nothing of single attributes. */
export class SchemaCheck {
  readonly #key: string;
  readonly #schema: StandardSchema;
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
   * @throws PersistError `ERR_SCHEMA_ASYNC` if the schema gives a promise, `ERR_SCHEMA_INVALID` if it gives no object. Whatever the schema
   * itself throws is a misfit of the whole.
   */
  check(attributes: unknown): Checked {
    let result: StandardResult<unknown> | Promise<StandardResult<unknown>>;
    try {
      result = this.#schema["~standard"].validate(attributes);
    } catch {
      return { misfits: [""] };
    }
    if (isPromise(result)) throw this.#isAsync(result);
    if (result.issues !== undefined) return { misfits: placesOf(result.issues) };
    const { value } = result;
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new PersistError(
        "ERR_SCHEMA_INVALID",
        `The schema of state("${this.#key}") gives something that is no object of attributes. Put it into one: z.object({ list: … }).`,
      );
    }
    return { values: value as Attributes };
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

function placesOf(issues: readonly StandardIssue[]): string[] {
  const places = [...new Set(issues.map(({ path = [] }) => path.map(step).join("")))];
  return places.length <= MAX_MISFITS ? places : [...places.slice(0, MAX_MISFITS), " …"];
}

function step(part: PropertyKey | { readonly key: PropertyKey }): string {
  const key = typeof part === "object" ? part.key : part;
  if (typeof key === "number") return `[${key}]`;
  const name = String(key);
  if (name.length > MAX_KEY) return `[${JSON.stringify(name.slice(0, MAX_KEY))}…]`;
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)
    ? `.${name}`
    : `[${JSON.stringify(name)}]`;
}
