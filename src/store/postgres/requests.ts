import type { ClearOptions, RecordPoint, RecordWrite, WriteOptions } from "../store.ts";
import type { Request } from "./calls.ts";
import { storedName } from "./names.ts";
import type { QualifiedNames } from "./qualified-names.ts";
import { NOW } from "./sql-read.ts";

/** The statements of a store: calls of the functions that the schema made. */
export class Requests {
  readonly #names: QualifiedNames;
  /** By the name of the function. */
  readonly #texts = new Map<string, string>();
  readonly #readText: string;

  constructor(names: QualifiedNames) {
    this.#names = names;
    this.#readText = `SELECT head, body FROM ${names.of("read")}($1, $2, $3, $4, $5)`;
  }

  read(owner: string, state: string, since: RecordPoint | undefined): Request {
    const values = [
      storedName(owner).key,
      storedName(state).key,
      since?.epoch ?? null,
      since?.version ?? null,
    ];
    return (wait) => ({ text: this.#readText, values: [...values, limit(wait)] });
  }

  /**
   * The first attempt uses the quicker function if the commit allows it; only `write` recognizes a
   * commit that was made before.
   */
  write(owner: string, writes: readonly RecordWrite[], options: WriteOptions): Request {
    const change = this.#change(owner, writes, options);
    if (change === undefined) return this.#write(owner, writes, options);
    let attempts = 0;
    return (wait) => (attempts++ === 0 ? change : this.#write(owner, writes, options))(wait);
  }

  #change(
    owner: string,
    writes: readonly RecordWrite[],
    { commitId, expiresAt, maxBytes }: WriteOptions,
  ): Request | undefined {
    const [write] = writes;
    if (writes.length !== 1 || write === undefined || write.base === "absent") return undefined;
    const { set, remove = [] } = write;
    if (set.size === 0 || remove.length > 0) return undefined;
    const names: string[] = [];
    const starts: number[] = [];
    const sizes: number[] = [];
    let at = 1;
    for (const [name, bytes] of set) {
      const { key, label } = storedName(name);
      if (label !== null) return undefined;
      names.push(key);
      starts.push(at);
      sizes.push(bytes.length);
      at += bytes.length;
    }
    const { state, epoch, base, schema } = write;
    return this.#call("change", [
      storedName(owner).key,
      commitId,
      whole(expiresAt),
      maxBytes === undefined ? null : Math.floor(maxBytes),
      storedName(state).key,
      epoch,
      base ?? null,
      schema ?? null,
      write.expiresAt === undefined ? null : whole(write.expiresAt),
      names,
      starts,
      sizes,
      Buffer.concat([...set.values()]),
    ]);
  }

  #write(owner: string, writes: readonly RecordWrite[], options: WriteOptions): Request {
    const { key, label } = storedName(owner);
    const { commitId, expiresAt, maxBytes } = options;
    const [described, bytes] = describe(writes);
    const values = [
      key,
      label,
      commitId,
      whole(expiresAt),
      maxBytes === undefined ? null : Math.floor(maxBytes),
      writes.some(({ base }) => base === "absent"),
      described,
      bytes,
    ];
    return this.#call("write", values);
  }

  clear(owner: string, { state, commitId, until, ifVersion }: ClearOptions): Request {
    const { key, label } = storedName(owner);
    const name = state === undefined ? { key: null, label: null } : storedName(state);
    const values = [key, label, name.key, name.label, commitId, whole(until), ifVersion ?? null];
    return this.#call("clear", values);
  }

  touch(owner: string, expiresAt: number): Request {
    const values = [storedName(owner).key, whole(expiresAt)];
    return this.#call("touch", values);
  }

  owner(owner: string): Request {
    return this.#call("owner", [storedName(owner).key]);
  }

  sweep(now: number, most: number): Request {
    return this.#call("sweep", [Math.floor(now), most]);
  }

  list(after: string | null, most: number): Request {
    return this.#call("list", [after, most]);
  }

  /** Plain SQL: tables of this version need no new function for it. */
  ended(after: string, most: number): Request {
    const text =
      `SELECT o.owner, o.label, o.expires_at FROM ${this.#names.of("owners")} o ` +
      `WHERE o.ended AND o.owner > $1 AND o.expires_at > ${NOW} ORDER BY o.owner LIMIT $2`;
    return () => ({ text, values: [after, most] });
  }

  /** Registers owners, given by their keys, as watched for this many milliseconds. */
  watch(owners: readonly string[], milliseconds: number): Request {
    return this.#call("watch", [JSON.stringify(owners), milliseconds]);
  }

  /** Reads what has changed of an owner, given by its key, since a version. */
  changed(owner: string, version: number): Request {
    return this.#call("changed", [owner, version]);
  }

  #call(name: string, values: readonly unknown[]): Request {
    let text = this.#texts.get(name);
    if (text === undefined) {
      const params = Array.from({ length: values.length + 1 }, (_, i) => `$${i + 1}`).join(", ");
      text = `SELECT ${this.#names.of(name)}(${params}) AS result`;
      this.#texts.set(name, text);
    }
    const statement = text;
    return (wait) => ({ text: statement, values: [...values, limit(wait)] });
  }
}

/**
 * How long the server waits for a lock: a little less than the caller waits for the answer. So the
 * server can answer that the owner is locked, instead of looking dead.
 */
function limit(wait: number): string {
  return `${Math.max(1, Math.floor(wait * 0.8))}ms`;
}

/**
 * The writes as JSON, and all their bytes as one binary parameter. As an array they would be sent
 * as text of twice the size.
 */
function describe(writes: readonly RecordWrite[]): [string, Buffer] {
  const parts: Uint8Array[] = [];
  // PostgreSQL counts bytes from 1.
  let at = 1;
  const described = writes.map(({ state, epoch, base, schema, expiresAt, set, remove = [] }) => {
    const { key, label } = storedName(state);
    const sets = [...set].map(([name, bytes]) => {
      const { key, label } = storedName(name);
      const from = at;
      at += bytes.length;
      parts.push(bytes);
      return [key, label, from, bytes.length];
    });
    const removes = [...new Set(remove)]
      .filter((name) => !set.has(name))
      .map((name) => storedName(name))
      .map(({ key, label }) => [key, label]);
    const baseNumber = base === "absent" ? -1 : (base ?? null);
    const expiry = expiresAt === undefined ? null : whole(expiresAt);
    return [key, label, epoch, baseNumber, schema ?? null, expiry, sets, removes];
  });
  return [JSON.stringify(described), Buffer.concat(parts)];
}

function whole(milliseconds: number): number {
  return Math.ceil(milliseconds);
}
