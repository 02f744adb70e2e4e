import {
  blockKindOf,
  DELTA,
  FINISHED,
  FORWARD,
  finishedRun,
  type DeltaPlace,
  type ForwardMessage,
  kindOf,
  NEW_SESSION,
  placeOf,
  readForward,
  readRerun,
  type RerunRequest,
  runOf,
} from "./messages.ts";
import { DIALOG, type Place, PageTree } from "./page-tree.ts";
import { RefCache } from "./ref-cache.ts";
import { type Field, fieldsOf, find, textOf } from "./wire.ts";
import { WidgetStates } from "./widget-states.ts";

const FORM = 5;

/** What a frame is sure of. `whole`: all that the page shows. `rebuilt`: only what the present run has set. `unsure`: nothing. */
type Trust = "whole" | "rebuilt" | "unsure";

/**
 * What one page shows, kept from the messages of both sides: the tree of its elements, the values of its widgets, and which page of the app it
 * is. If a message cannot be understood the frame is unsure, and so of no use, until the whole script has run once more.
 */
export class PageFrame {
  readonly tree = new PageTree();
  readonly states = new WidgetStates();
  readonly refs = new RefCache();
  /** The last `new_session` of a run of the whole script, and of any run. */
  newSession: Buffer | undefined;
  lastBegin: Buffer | undefined;
  navigation: Buffer | undefined;
  logo: Buffer | undefined;
  configs: Buffer[] = [];
  /** The timers that the last run of the whole script has asked the page for. */
  autoReruns: Buffer[] = [];
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
    if (this.#isReleased) return;
    try {
      this.#hear(message);
    } catch {
      this.doubt();
    }
  }

  /** A message from the page to Streamlit. */
  said(message: Uint8Array): void {
    if (this.#isReleased) return;
    try {
      const rerun = readRerun(message);
      if (rerun !== undefined) this.#asked(rerun);
    } catch {
      this.doubt();
    }
  }

  /** Something passed by unread, or what it shows is no longer for this page's eyes. */
  doubt(): void {
    this.#trust = "unsure";
    this.states.clear();
    this.#drop();
  }

  /** It is kept no longer. */
  release(): void {
    this.begin();
    this.#isReleased = true;
    this.running = false;
  }

  /** A new page shows what happens once no more. */
  settle(): void {
    this.tree.clearEvents();
  }

  /** Another page begins, and shows nothing yet. */
  begin(): void {
    this.states.clear();
    this.#drop();
    this.newSession = this.lastBegin = this.navigation = this.logo = undefined;
    this.configs = [];
    this.page = this.query = this.pageName = "";
    this.#trust = "whole";
    this.#recount();
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
        this.configs.push(this.#keep(message));
        return undefined;
      case FORWARD.autoRerun:
        this.autoReruns.push(this.#keep(message));
        return undefined;
      case FORWARD.stopAutoRerun:
        // Which of the timers it stops is not worth knowing: without them the page asks for nothing until the next run.
        this.autoReruns = [];
        return undefined;
      case FORWARD.logo:
        this.logo = this.#keep(message);
        return undefined;
      case FORWARD.navigation:
        return this.#navigate(message, read);
      case FORWARD.pageInfo:
        this.query = textOf(find(read.body, 1));
        return undefined;
    }
  }

  #begins(message: Uint8Array, read: ForwardMessage): void {
    const { id, fragments } = runOf(read);
    // Without its name no end of it could be told from another's.
    if (id === "") throw new TypeError("A run without a name.");
    this.run = id;
    this.fragments = fragments;
    this.running = true;
    this.tree.clearTransients(fragments);
    if (fragments.length > 0) {
      this.lastBegin = this.#keep(message);
      return;
    }
    const page = textOf(find(read.body, NEW_SESSION.page));
    if (page !== this.page || this.newSession === undefined)
      this.tree.keepOnly(textOf(find(read.body, NEW_SESSION.main)));
    this.page = page;
    this.configs = [];
    this.autoReruns = [];
    this.lastBegin = this.newSession = this.#keep(message);
    if (this.#trust !== "whole") this.#trust = "rebuilt";
    this.#recount();
  }

  #navigate(message: Uint8Array, { body }: ForwardMessage): void {
    this.navigation = this.#keep(message);
    this.page = textOf(find(body, 4));
    for (const { number, bytes } of fieldsOf(body)) {
      if (number !== 2 || textOf(find(bytes, 1)) !== this.page) continue;
      const isDefault = find(bytes, 4)?.value === 1;
      this.pageName = isDefault ? "" : textOf(find(bytes, 6));
    }
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
      const place = this.#place(kept, at, fields);
      const before = this.tree.set(at.path, place);
      this.#grow(-(before?.message?.length ?? 0));
    }
    if (this.#bytes > this.#maxBytes) this.#recount();
    // Room may have been made for another frame meanwhile.
    if (this.#bytes > this.#maxBytes || this.#isUnsure) this.doubt();
  }

  get #isUnsure(): boolean {
    return this.#trust === "unsure";
  }

  #place(message: Buffer, { script }: DeltaPlace, delta: readonly Field[]): Place {
    const last = (wanted: number): Field | undefined =>
      delta.findLast(({ number }) => number === wanted);
    const element = last(DELTA.element)?.bytes;
    const block = last(DELTA.block)?.bytes;
    const inner = element ?? block;
    if (inner === undefined) throw new TypeError("A delta of an unknown kind.");
    const { kind, body } = (element === undefined ? blockKindOf(inner) : kindOf(inner)) ?? NO_KIND;
    if (element !== undefined) this.#grow(this.states.sent(kind, body));
    const isForm = element === undefined && kind === FORM;
    const isDialog = element === undefined && kind === DIALOG;
    return {
      message,
      run: this.run,
      script,
      fragment: textOf(last(DELTA.fragment)),
      children: element === undefined ? [] : undefined,
      kind,
      dialog: isDialog ? textOf(find(block, 12)) : "",
      clearsForm: isForm && find(body, 2)?.value === 1,
      at: ++this.clock,
      transient: undefined,
    };
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
    this.refs.age();
    this.states.keepOnly(this.tree);
    this.#recount();
  }

  #asked({ query, page, pageName, states }: RerunRequest): void {
    this.query = query;
    if (page === "") this.pageName = pageName;
    for (const state of states) this.#grow(this.states.reported(state));
    if (this.#bytes > this.#maxBytes) this.doubt();
  }

  #keep(message: Uint8Array): Buffer {
    // Not from Node's pool: a small message would keep eight KiB of it.
    const kept = Buffer.allocUnsafeSlow(message.length);
    kept.set(message);
    this.#grow(kept.length);
    return kept;
  }

  #drop(): void {
    this.tree.clear();
    this.refs.clear();
    this.autoReruns = [];
    this.#recount();
  }

  #grow(change: number): void {
    this.#bytes += change;
    if (change !== 0) this.#sized(change);
  }

  #recount(): void {
    const kept = new Set<Buffer | undefined>(this.refs.messages());
    for (const one of [this.newSession, this.lastBegin, this.navigation, this.logo]) kept.add(one);
    for (const one of [...this.configs, ...this.autoReruns]) kept.add(one);
    this.tree.visit(({ message, transient }) => kept.add(message).add(transient?.message));
    let bytes = this.states.bytes;
    for (const one of kept) bytes += one?.length ?? 0;
    this.#grow(bytes - this.#bytes);
  }
}

const NO_KIND = { kind: 0, body: new Uint8Array(0) };
