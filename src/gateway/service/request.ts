import { type Frame, malformed } from "./frames.ts";

/** The point in a record's life that a client has seen. */
export interface Known {
  readonly epoch: number;
  readonly version: number;
}

const MAX_STATE = 200;
const MAX_COMMIT = 64;

/**
 * Reads the fields of a request. Throws `ERR_SERVICE_PROTOCOL` for this request alone if one has
 * another form.
 */
export class Request {
  readonly id: number;
  readonly op: string;
  readonly blobs: readonly Buffer[];
  readonly size: number;
  readonly #header: Record<string, unknown>;

  constructor({ header, blobs, size }: Frame) {
    const { id, op } = header;
    if (!isCount(id) || typeof op !== "string")
      throw malformed("a request with a whole number as id and a text as op");
    this.id = id;
    this.op = op;
    this.blobs = blobs;
    this.size = size;
    this.#header = header;
  }

  text(name: string): string {
    return this.optionalText(name) ?? this.#refuse(name, "a text");
  }

  optionalText(name: string): string | undefined {
    const value = this.#header[name];
    if (value === undefined || value === null) return undefined;
    return typeof value === "string" ? value : this.#refuse(name, "a text");
  }

  count(name: string): number {
    return this.optionalCount(name) ?? this.#refuse(name, "a whole number");
  }

  optionalCount(name: string): number | undefined {
    const value = this.#header[name];
    if (value === undefined || value === null) return undefined;
    return isCount(value) ? value : this.#refuse(name, "a whole number");
  }

  /** The name of a state, as `persist` takes it. */
  state(): string {
    const state = this.text("state");
    const fits = state.length > 0 && state.length <= MAX_STATE;
    return fits ? state : this.#refuse("state", `1 to ${MAX_STATE} characters`);
  }

  names(name: string): string[] {
    const value = this.#header[name] ?? [];
    if (!Array.isArray(value)) return this.#refuse(name, "a list of names");
    for (const item of value as unknown[])
      if (typeof item !== "string") this.#refuse(name, "a list of names");
    return value as string[];
  }

  knownPoint(): Known | undefined {
    const value = this.#header["known"];
    if (value === undefined || value === null) return undefined;
    const { epoch, version } = Object(value) as Partial<Known>;
    return isCount(epoch) && isCount(version)
      ? { epoch, version }
      : this.#refuse("known", "an epoch and a version");
  }

  base(): number | "absent" | undefined {
    if (this.#header["base"] === "absent") return "absent";
    return this.optionalCount("base");
  }

  /** In milliseconds; the request gives seconds. */
  ttl(): number | undefined {
    const value = this.#header["ttl"];
    if (value === undefined || value === null) return undefined;
    return typeof value === "number" && value > 0
      ? value * 1000
      : this.#refuse("ttl", "a number of seconds above 0");
  }

  /** The id that a retry of the very same write repeats. */
  commit(): string | undefined {
    const value = this.optionalText("commit");
    const fits = value === undefined || (value.length > 0 && value.length <= MAX_COMMIT);
    return fits ? value : this.#refuse("commit", `1 to ${MAX_COMMIT} characters`);
  }

  /** False if it is not given. */
  flag(name: string): boolean {
    const value = this.#header[name] ?? false;
    return typeof value === "boolean" ? value : this.#refuse(name, "true or false");
  }

  user(): { issuer?: string; subject: string } | undefined {
    const value = this.#header["user"];
    if (value === undefined || value === null) return undefined;
    const { issuer, subject } = Object(value) as { issuer?: unknown; subject?: unknown };
    if (typeof subject !== "string") return this.#refuse("user", "a subject");
    if (issuer === undefined || issuer === null) return { subject };
    return typeof issuer === "string" ? { issuer, subject } : this.#refuse("user", "an issuer");
  }

  #refuse(name: string, expected: string): never {
    throw malformed(`${expected} as ${name} of ${JSON.stringify(this.op.slice(0, 20))}`);
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
