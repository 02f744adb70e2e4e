import { Announced } from "./announced.ts";
import { AskedRuns } from "./asked-runs.ts";
import {
  DELTA,
  FINISHED,
  FORWARD,
  finishedRun,
  type ForwardMessage,
  NEW_SESSION,
  placeOf,
  readForward,
  readNavigation,
  readRerun,
  type RerunRequest,
  runOf,
} from "./messages.ts";
import { newPlace } from "./new-place.ts";
import { PageTree } from "./page-tree.ts";
import { RefCache } from "./ref-cache.ts";
import { emptied } from "./rewritten.ts";
import { fieldsOf, find, textOf } from "./wire.ts";
import { WidgetStates } from "./widget-states.ts";

/** How full a frame may be, as a share of its limit, after it has been counted. */
const SURELY_FITS = 7 / 8;
/** No page has it: its address would escape it. */
const NO_QUERY = "\0";

/**
 * What a frame is sure of. `whole`: all that the page shows. `rebuilt`: only what the present run
 * has set. `unsure`: nothing.
 */
type Trust = "whole" | "rebuilt" | "unsure";

/**
 * What one page shows, kept from the messages of both sides: the tree of its elements, the values
 * of its widgets, and which page of the app it is. If a message cannot be understood, the frame is
 * unsure, and so useless, until the whole script has run again.
 */
export class PageFrame {
  readonly tree = new PageTree();
  readonly states = new WidgetStates();
  readonly refs = new RefCache();
  /** The last `new_session` of a run of the whole script, and of any run. */
  newSession: Buffer | undefined;
  lastBegin: Buffer | undefined;
  navigation: Buffer | undefined;
  readonly announced = new Announced();
  readonly asked = new AskedRuns();
  run = "";
  fragments: readonly string[] = [];
  /** The page of the app, as Streamlit names it. */
  page = "";
  query = "";
  pageName = "";
  /** Counts what comes from either side. */
  clock = 0;
  /** Whether a run is under way. */
  running = false;
  /** What came after this, by the clock, no page has seen; undefined while there is one. */
  seenUntil: number | undefined;
  #isReleased = false;
  #trust: Trust = "whole";
  #bytes = 0;
  /** Counts how often it was unsure: also another frame's growth makes it so. */
  #doubts = 0;
  readonly #maxBytes: number;
  readonly #sized: (change: number) => void;

  /** @param sized - told whenever the frame takes more or fewer bytes, and by how many */
  constructor(maxBytes: number, sized: (change: number) => void = () => {}) {
    this.#maxBytes = maxBytes;
    this.#sized = sized;
  }

  /** How many bytes of messages it keeps. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether it shows all that the page shows. */
  get isSure(): boolean {
    return this.#trust === "whole" && this.newSession !== undefined && !this.#isReleased;
  }

  /** A message from Streamlit to the page; its bytes may change after the call. */
  heard(message: Uint8Array): void {
    this.#take(() => this.#hear(message));
  }

  /** A message from the page to Streamlit. */
  said(message: Uint8Array): void {
    this.#take(() => {
      const rerun = readRerun(message);
      if (rerun !== undefined) this.#asked(rerun);
    });
  }

  /** Something passed unread, or this page must no longer see the content. */
  doubt(): void {
    this.#doubts++;
    this.#trust = "unsure";
    this.#drop();
  }

  /** It is kept no longer. */
  release(): void {
    this.begin();
    this.#isReleased = true;
    this.running = false;
  }

  /** A page was not shown the toasts that came until then. */
  emptyToasts(until = this.clock): void {
    this.tree.emptyToasts(until, emptied);
    this.#recount();
  }

  /** Another page begins, and shows nothing yet. */
  begin(): void {
    this.page = this.query = this.pageName = "";
    this.#trust = "whole";
    this.#drop();
  }

  /** Whatever came, it keeps no more than it may. */
  #take(read: () => void): void {
    if (this.#isReleased) return;
    const doubts = this.#doubts;
    try {
      read();
      if (this.#bytes > this.#maxBytes) {
        this.#recount();
        // Counting takes long: it must not be due again after a few bytes.
        if (this.#bytes > this.#maxBytes * SURELY_FITS) this.doubt();
      }
    } catch {
      this.doubt();
    }
    // Room was made for another frame, or for this one, while something was put into it.
    if (this.#doubts === doubts) return;
    this.#trust = "unsure";
    this.#drop();
  }

  #hear(message: Uint8Array): void {
    const read = readForward(message);
    switch (read.kind) {
      case FORWARD.newSession:
        return this.#begins(message, read);
      case FORWARD.delta:
      case FORWARD.refHash:
        return this.#delta(message, read);
      case FORWARD.scriptFinished:
        return this.#finished(read);
      case FORWARD.pageConfig:
        return this.#grow(-this.announced.configured(this.#keep(message), read.body));
      case FORWARD.autoRerun:
        return this.#grow(-this.announced.timed(this.#keep(message), read.body));
      case FORWARD.stopAutoRerun:
        // It does not matter which timers it stops: without them the page asks for nothing until
        // the next run.
        return this.#grow(-this.announced.clearTimers());
      case FORWARD.logo:
        return this.#marked(message, read);
      case FORWARD.navigation:
        return this.#navigate(message, read);
      case FORWARD.pageInfo:
        return this.#isAt({ query: textOf(find(read.body, 1)) });
    }
  }

  #begins(message: Uint8Array, read: ForwardMessage): void {
    const { id, fragments } = runOf(read);
    // Without its name its end could not be distinguished from another's.
    if (id === "") throw new TypeError("A run without a name.");
    this.asked.began({ id, fragments }, this.running);
    this.run = id;
    this.fragments = fragments;
    this.running = true;
    this.tree.clearTransients(fragments);
    if (fragments.length > 0) {
      const before = this.lastBegin === this.newSession ? undefined : this.lastBegin;
      this.lastBegin = this.#keep(message, before);
      return;
    }
    const page = textOf(find(read.body, NEW_SESSION.page));
    if (page !== this.page || this.newSession === undefined) {
      const main = textOf(find(read.body, NEW_SESSION.main));
      this.tree.keepOnly(main);
      this.announced.keepLogo(({ script }) => script === main);
    }
    this.#isAt({ page });
    this.announced.clear();
    this.lastBegin = this.newSession = this.#keep(message);
    if (this.#trust !== "whole") this.#trust = "rebuilt";
    this.#recount();
  }

  #marked(message: Uint8Array, { metadata }: ForwardMessage): void {
    const kept = this.#keep(message, this.announced.logo?.message);
    const script = metadata === undefined ? "" : placeOf(metadata).script;
    this.announced.logo = { message: kept, run: this.run, script };
  }

  #navigate(message: Uint8Array, { body }: ForwardMessage): void {
    this.navigation = this.#keep(message, this.navigation);
    this.#isAt(readNavigation(body));
  }

  #delta(message: Uint8Array, read: ForwardMessage): void {
    const { metadata } = read;
    if (this.#trust === "unsure" || metadata === undefined) return;
    const isRef = read.kind === FORWARD.refHash;
    const hash = Buffer.from(read.body).toString();
    const whole = isRef ? this.refs.resolve(hash, metadata) : undefined;
    const kept = this.#keep(whole ?? message);
    const at = placeOf(metadata);
    if (!isRef && at.isCacheable) this.refs.add(read.hash, kept);
    const delta = isRef ? find(kept, FORWARD.delta)?.bytes : read.body;
    const fields = fieldsOf(delta ?? read.body);
    const transient = fields.findLast(({ number }) => number === DELTA.transient);
    if (transient !== undefined) {
      const isEmpty = transient.bytes.length === 0;
      this.tree.setTransient(at.path, { message: kept, run: this.run, isEmpty });
    } else {
      const set = { message: kept, run: this.run, script: at.script, at: ++this.clock };
      const { place, body } = newPlace(set, fields);
      if (place.children === undefined) this.#grow(this.states.sent(place.kind, body));
      // What a reference may name again is kept on.
      this.#grow(-this.refs.replace(this.tree.set(at.path, place)?.message));
    }
  }

  #finished(read: ForwardMessage): void {
    const { value } = read;
    const { id, fragments } = finishedRun(read) ?? { id: this.run, fragments: this.fragments };
    // After a run that ended for another one, that begins at once.
    if (id === this.run && value !== FINISHED.forRerun) this.running = false;
    if (value !== FINISHED.successfully && value !== FINISHED.fragment) return;
    if (fragments.length === 0 && id !== this.run) return;
    this.tree.clearStale(id, fragments);
    if (fragments.length > 0) return;
    if (this.#trust === "rebuilt") this.#trust = "whole";
    this.announced.keepLogo(({ run }) => run === id);
    this.refs.age();
    this.states.keepOnly(this.tree);
    this.#recount();
  }

  #asked(rerun: RerunRequest): void {
    const { query, page, pageName, states } = rerun;
    this.asked.asked(rerun);
    this.#isAt(page === "" ? { query, pageName } : { query });
    for (const state of states) this.#grow(this.states.reported(state));
  }

  #isAt(place: { page?: string; query?: string; pageName?: string }): void {
    const before = this.#placeBytes;
    Object.assign(this, place);
    const isLong = this.#placeBytes > this.#maxBytes * (1 - SURELY_FITS);
    if (isLong) {
      this.page = this.pageName = "";
      this.query = NO_QUERY;
    }
    this.#grow(this.#placeBytes - before);
    if (isLong) throw new RangeError("An address that is too long.");
  }

  get #placeBytes(): number {
    return this.page.length + this.query.length + this.pageName.length;
  }

  /** @param before - what it takes the place of */
  #keep(message: Uint8Array, before?: Buffer): Buffer {
    // Not from Node's pool: a small message would keep eight KiB of it alive.
    const kept = Buffer.allocUnsafeSlow(message.length);
    kept.set(message);
    this.#grow(kept.length - (before?.length ?? 0));
    return kept;
  }

  #drop(): void {
    this.tree.clear();
    this.refs.clear();
    this.states.clear();
    this.announced.clear();
    this.newSession = this.lastBegin = this.navigation = this.announced.logo = undefined;
    this.#recount();
  }

  #grow(change: number): void {
    this.#bytes += change;
    if (change !== 0) this.#sized(change);
  }

  #recount(): void {
    const kept = new Set<Buffer | undefined>(this.refs.messages());
    for (const one of [this.newSession, this.lastBegin, this.navigation]) kept.add(one);
    kept.add(this.announced.logo?.message);
    for (const one of [...this.announced.configs, ...this.announced.timers]) kept.add(one);
    this.tree.visit(({ message, transient }) => kept.add(message).add(transient?.message));
    let bytes = this.states.bytes + this.#placeBytes;
    for (const one of kept) bytes += one?.length ?? 0;
    this.#grow(bytes - this.#bytes);
  }
}
