import type { RootDatabase } from "lmdb";
import { isPersistError } from "../../errors.ts";
import type { Changes, EntryReader, OwnerEntry, RecordEntry } from "../embedded/index.ts";
import * as codec from "./entry-codec.ts";
import { corruptFile } from "./failures.ts";
import * as keys from "./keys.ts";
import { PackedCommits } from "./packed-commits.ts";
import { SeenRecords } from "./seen-records.ts";

/** `keep` leaves the expiry index alone: the sweep updates the index itself. */
type Indexing = "keep" | "update";

interface Glance {
  readonly owner: codec.OwnerHead | undefined;
  readonly record: RecordEntry | undefined;
}

/**
 * What the database holds, as entries. Inside a transaction it reads and writes in it, outside it
 * reads a snapshot.
 */
export class LmdbShelf implements EntryReader {
  readonly noCommits = new PackedCommits();
  readonly #database: RootDatabase<Buffer, Uint8Array>;
  readonly #path: string;
  readonly #seen = new SeenRecords();

  constructor(database: RootDatabase<Buffer, Uint8Array>, path: string) {
    this.#database = database;
    this.#path = path;
  }

  owner(owner: string): OwnerEntry | undefined {
    return this.#entry(keys.ownerKey(owner), codec.decodeOwner);
  }

  record(owner: string, state: string): RecordEntry | undefined {
    return this.#entry(keys.recordKey(owner, state), codec.decodeRecord);
  }

  /**
   * The owner and the record for a reader. If nothing has changed since its last read, it needs no
   * more than this.
   */
  glance(owner: string, state: string, now: number): Glance {
    const head = this.#entry(this.#seen.keyOf(owner), codec.decodeOwnerHead);
    const seen = head && this.#seen.find(owner, state, head, now);
    if (seen !== undefined) return { owner: head, record: seen };
    const entry = this.owner(owner);
    const record = this.record(owner, state);
    if (entry !== undefined && record !== undefined) this.#seen.add(owner, state, entry, record);
    return { owner: entry, record };
  }

  records(owner: string): RecordEntry[] {
    const found: RecordEntry[] = [];
    for (const { value } of this.#database.getRange({ ...keys.recordsRange(owner) })) {
      found.push(codec.decodeRecord(value, value.length));
    }
    return found;
  }

  lastEpoch(): number {
    return this.#entry(keys.lastEpochKey, codec.decodeNumber) ?? 0;
  }

  /** A copy of the bytes of an attribute. */
  value(owner: string, state: string, attribute: string, size: number): Uint8Array {
    const bytes = this.#database.getBinary(keys.valueKey(owner, state, attribute));
    if (bytes?.length !== size)
      throw corruptFile(this.#path, "an attribute is missing or has another size");
    return new Uint8Array(bytes.buffer, bytes.byteOffset, size);
  }

  /** The next owners in the order of their keys. */
  ownersAfter(owner: string | undefined, limit: number): OwnerEntry[] {
    const found: OwnerEntry[] = [];
    let last = owner;
    while (found.length < limit) {
      const [next] = this.#database.getRange({ ...keys.ownersAfter(last), limit: 1 });
      if (next === undefined) break;
      const entry = codec.decodeOwner(next.value, next.value.length);
      found.push(entry);
      last = entry.owner;
    }
    return found;
  }

  /** The first entries of the expiry index up to `now`. */
  expired(now: number, limit: number): { key: Uint8Array; place: codec.IndexedPlace }[] {
    const found: { key: Uint8Array; place: codec.IndexedPlace }[] = [];
    for (const { key, value } of this.#database.getRange({ ...keys.expiredRange(now), limit })) {
      found.push({ key, place: codec.decodePlace(value) });
    }
    return found;
  }

  /**
   * Stores the changes of a plan. Reads everything it needs first: errors must be found before
   * anything is written.
   */
  apply(owner: string, changes: Changes, indexing: Indexing = "update"): void {
    const removed: Uint8Array[] = [];
    for (const state of changes.emptied) {
      for (const key of this.#database.getKeys({ ...keys.valuesRange(owner, state) }))
        removed.push(key);
    }
    // An entry knows its place in the index. If it is removed, the stored entry says it.
    const records = [...changes.records].map(([state, entry]) => {
      return { state, entry, at: (entry ?? this.record(owner, state))?.indexedAt ?? 0 };
    });
    const ownerAt = (changes.owner ?? this.owner(owner))?.indexedAt ?? 0;

    for (const key of removed) this.#remove(key);
    for (const { state, entry, at } of records) {
      const indexedAt = this.#index(at, entry, indexing, { owner, state });
      const key = keys.recordKey(owner, state);
      if (entry === undefined) this.#remove(key);
      else this.#put(key, codec.encodeRecord(entry, indexedAt));
    }
    for (const [state, values] of changes.values) {
      for (const [name, bytes] of values) {
        const key = keys.valueKey(owner, state, name);
        if (bytes === undefined) this.#remove(key);
        else this.#put(key, bytes);
      }
    }
    const indexedAt = this.#index(ownerAt, changes.owner, indexing, { owner, state: undefined });
    if (changes.owner === undefined) this.#remove(keys.ownerKey(owner));
    else this.#put(keys.ownerKey(owner), codec.encodeOwner(changes.owner, indexedAt));
    if (changes.lastEpoch !== undefined)
      this.#put(keys.lastEpochKey, codec.encodeNumber(changes.lastEpoch));
  }

  /** Moves an entry of the index to another time; 0 removes it. */
  moveIndex(from: Uint8Array, { owner, state }: codec.IndexedPlace, to: number): void {
    const indexedAt = codec.wholeTime(to);
    this.#remove(from);
    if (indexedAt !== 0)
      this.#put(keys.expiryKey(indexedAt, owner, state), codec.encodePlace({ owner, state }));
    if (state === undefined) {
      const entry = this.owner(owner);
      if (entry !== undefined) this.#put(keys.ownerKey(owner), codec.encodeOwner(entry, indexedAt));
    } else {
      const entry = this.record(owner, state);
      if (entry !== undefined)
        this.#put(keys.recordKey(owner, state), codec.encodeRecord(entry, indexedAt));
    }
  }

  /** Stores an owner whose expiry alone has changed, to a later time. */
  putOwner(entry: OwnerEntry): void {
    this.#put(keys.ownerKey(entry.owner), codec.encodeOwner(entry));
  }

  /**
   * Keeps the expiry index in step with an entry. An entry whose expiry has become later stays
   * where it is: the sweep moves it when its old time comes, so a session in use costs the index
   * nothing.
   * @returns the time under which the index then holds the entry
   */
  #index(
    at: number,
    entry: OwnerEntry | RecordEntry | undefined,
    indexing: Indexing,
    place: codec.IndexedPlace,
  ): number {
    const due = entry === undefined ? 0 : codec.wholeTime(entry.expiresAt);
    if (entry !== undefined && indexing === "keep") return entry.indexedAt;
    if (due !== 0 && at !== 0 && due >= at) return at;
    if (due === at) return at;
    if (at !== 0) this.#remove(keys.expiryKey(at, place.owner, place.state));
    if (due !== 0)
      this.#put(keys.expiryKey(due, place.owner, place.state), codec.encodePlace(place));
    return due;
  }

  #entry<Entry>(
    key: Uint8Array,
    decode: (bytes: Uint8Array, size: number) => Entry,
  ): Entry | undefined {
    // The buffer belongs to LMDB and is valid only until the next read, so all of it is decoded
    // now.
    const bytes = this.#database.getBinaryFast(key);
    if (bytes === undefined) return undefined;
    try {
      return decode(bytes, bytes.length);
    } catch (error) {
      throw isPersistError(error)
        ? error
        : corruptFile(this.#path, "an entry cannot be read", error);
    }
  }

  #put(key: Uint8Array, value: Uint8Array): void {
    this.#database.putSync(key, value as Buffer);
  }

  #remove(key: Uint8Array): void {
    this.#database.removeSync(key);
  }
}
