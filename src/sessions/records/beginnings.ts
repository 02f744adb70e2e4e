import { dropOldest } from "../../drop-oldest.ts";
import type { RecordWrite, Store, StoredRecord, WriteOutcome } from "../../store/index.ts";
import { browserOwner } from "./owners.ts";
import { ownBytes, ownValue } from "./own-records.ts";

/**
 * The record of a session that says when it began, and who was signed in then. Only the store
 * knows: a token cannot carry it, and a browser's claim could not be trusted. Moves
 * with the session as its other records do. No class can have a key like this one.
 */
export const BEGINNING = "\u0001session";

/** How a session began. */
export interface Beginning {
  /** In milliseconds since the Unix epoch. */
  readonly since: number;
  /** A hash of who was signed in; undefined if no user was. */
  readonly user: string | undefined;
  /** Whether the store holds it. */
  readonly isStored: boolean;
}

/** A user has just signed in, or out. */
export interface Login {
  readonly user: string | undefined;
  /** Called with the new id, before the old one ends and after it. */
  readonly goesTo?: (to: string, hasMoved: boolean) => Promise<void>;
}

/** How many sessions' beginnings are remembered; each is some hundred bytes. */
const MAX_REMEMBERED = 50_000;

/**
 * When sessions began, and so when they must end. Each process asks the store once for each
 * session. The answer cannot change, because a session that starts again gets another id.
 */
export class Beginnings {
  /** How long a session may last in all, in milliseconds; undefined: as long as it is used. */
  readonly maxLifetime: number | undefined;
  /** Whether the store is asked for beginnings at all. */
  areNeeded: boolean;
  readonly #known = new Map<string, Beginning>();

  /** @param followsLogins - whether a session gets another id when a user signs in */
  constructor(maxLifetime: number | undefined, followsLogins: boolean) {
    this.maxLifetime = maxLifetime;
    this.areNeeded = followsLogins || maxLifetime !== undefined;
  }

  /** From here on the store is asked who was signed in. */
  followLogins(): void {
    this.areNeeded = true;
  }

  get(session: string): Beginning | undefined {
    const found = this.#known.get(session);
    if (found === undefined) return undefined;
    // The least recently used ones are forgotten first.
    this.#known.delete(session);
    this.#known.set(session, found);
    return found;
  }

  /**
   * When the session must end, in milliseconds since the Unix epoch. An unknown session begins now.
   */
  end(session: string): number {
    if (this.maxLifetime === undefined) return Infinity;
    return (this.get(session)?.since ?? Date.now()) + this.maxLifetime;
  }

  /** Whether its time is over. */
  isOver(session: string): boolean {
    return this.maxLifetime !== undefined && this.end(session) <= Date.now();
  }

  /**
   * Whether a token must be ignored because the store does not know its session: it may have
   * expired, and nothing distinguishes it from a token whose session has stored nothing yet.
   * Sessions to which this process has just given a cookie are known.
   */
  refusesAbsent(session: string): boolean {
    return (
      this.maxLifetime !== undefined && (this.get(session) === undefined || this.isOver(session))
    );
  }

  /** The session begins now, unless it is known to have begun. */
  begin(session: string, user?: () => string | undefined): Beginning {
    return (
      this.get(session) ??
      this.remember(session, { since: Date.now(), user: user?.(), isStored: false })
    );
  }

  remember(session: string, beginning: Beginning): Beginning {
    this.#known.delete(session);
    this.#known.set(session, beginning);
    dropOldest(this.#known, MAX_REMEMBERED);
    return beginning;
  }

  /** The session continues under another id; after a login its lifetime starts again there. */
  async moves(store: Store, from: string, to: string, login?: Login): Promise<void> {
    await this.load(store, from);
    const begun = this.get(from);
    const since = login === undefined ? begun?.since : undefined;
    const { user } = login ?? begun ?? { user: undefined };
    this.remember(to, { since: since ?? Date.now(), user, isStored: false });
  }

  forget(session: string): void {
    this.#known.delete(session);
  }

  /**
   * What the store says about a session in use; if it has no beginning there, it begins
   * now. @throws PersistError `ERR_STORE_…`
   */
  async load(store: Store, session: string): Promise<void> {
    if (this.areNeeded && this.get(session) === undefined)
      this.#take(session, (await store.read(browserOwner(session), BEGINNING)).record);
  }

  /** The same at once, if the store can. @returns whether it is known now */
  loadNow(store: Store, session: string): boolean {
    if (!this.areNeeded || this.get(session) !== undefined) return true;
    const found = store.readNow?.(browserOwner(session), BEGINNING);
    if (found !== undefined) this.#take(session, found.record);
    return found !== undefined;
  }

  #take(session: string, record: StoredRecord | undefined): void {
    const since = Number(valueOf(record, "since"));
    // A session that the store does not know must not be treated as one that has just begun.
    if (record !== undefined && Number.isFinite(since))
      this.remember(session, {
        since,
        user: valueOf(record, "user") as string | undefined,
        isStored: true,
      });
  }

  /**
   * Whether the store has yet to learn when the session began. @param user - marks who is signed
   * in, if it begins now
   */
  isToBeNoted(session: string, user?: () => string | undefined): boolean {
    if (!this.areNeeded) return false;
    const beginning = this.begin(session, user);
    // Without a limit and a login, nothing would read the note later.
    const isWorthIt = this.maxLifetime !== undefined || beginning.user !== undefined;
    return isWorthIt && !beginning.isStored;
  }

  /**
   * The write that notes the beginning, to go along with another of the session; nothing if the
   * store has it.
   */
  write(session: string, user?: () => string | undefined): RecordWrite[] {
    if (!this.isToBeNoted(session, user)) return [];
    const beginning = this.begin(session);
    const set = new Map([["since", ownBytes(beginning.since)]]);
    if (beginning.user !== undefined) set.set("user", ownBytes(beginning.user));
    return [{ state: BEGINNING, epoch: 0, base: "absent", set }];
  }

  /** @param outcome - of that write; undefined if there was none */
  written(session: string, outcome: WriteOutcome | undefined): void {
    if (outcome === undefined) return;
    const beginning = this.get(session);
    if (outcome.outcome === "written" && beginning !== undefined)
      this.remember(session, { ...beginning, isStored: true });
    // Another process was first, and its value counts.
    else this.forget(session);
  }
}

function valueOf(record: StoredRecord | undefined, name: string): unknown {
  return ownValue(record?.attributes.get(name)?.bytes);
}
