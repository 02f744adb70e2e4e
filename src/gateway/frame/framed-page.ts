import type { Frames } from "./frames.ts";
import type { KeptRun, KeptRuns } from "./kept-runs.ts";
import { isBeginning, isReport, readRerun } from "./messages.ts";
import { isMountReport } from "./mount-report.ts";
import type { PageFrame } from "./page-frame.ts";
import { askingForPage, forShown, isAtFrame, joinedFrame, lastFrame, namesRuns } from "./replay.ts";
import { ShownValues } from "./shown-values.ts";
import { isTrigger } from "./widget-values.ts";

/**
 * How long after a run the socket of a closed page stays open, in milliseconds: another run may
 * follow at once.
 */
const AFTER_RUN = 100;

export interface FramedPageOptions {
  readonly frames: Frames;
  readonly runs: KeptRuns;
  /** Whether the page is new: it shows nothing and knows nothing of its widgets. */
  readonly isNew: boolean;
  /** Whether it joins a run under way. */
  readonly isJoining: boolean;
  /** Whether a new page may show the content of the one before it. */
  readonly showsLast: boolean;
  /** Whether the tab can come back. */
  readonly mayReturn: boolean;
  /** The Streamlit session that is resumed. */
  readonly streamlit: string | undefined;
  readonly session: () => string;
  /** Sends the page whole messages; a string is a text of ours. */
  readonly send: (messages: readonly (string | Uint8Array)[]) => void;
  /** The text at which the page keeps what follows back until it shows what came before. */
  readonly pause: string;
  /** The text before the two ways of one widget, of which the page takes one. */
  readonly unless: (widget: string) => string;
  /** Closes both sides. */
  readonly close: () => void;
  /** Told that this version of Streamlit is too old for runs that go on. */
  readonly older: () => void;
}

/**
 * Where a page is. `begins`: no run of the whole script has begun for it. `joins`: it joins the run
 * under way once it has spoken. `joined`: that run still goes on. `shown`: it was shown the last
 * frame, and the run under it still goes on. `plain`: all messages are its own.
 */
type Phase = "begins" | "joins" | "joined" | "shown" | "plain";

/**
 * Keeps the frame of one page, shows it the last frame or the run under way, and lets its run
 * continue without it.
 */
export class FramedPage {
  readonly #options: FramedPageOptions;
  #frame: PageFrame;
  #streamlit: string | undefined;
  #phase: Phase;
  /** Whether the next run begins under the last frame. */
  #shows = false;
  /** What it was shown before its own run came to it. */
  #values = new ShownValues([]);
  /** Whether it has reported values since. */
  #hasReported = false;
  /** What is sent before the present message. */
  #before: readonly (string | Buffer)[] | undefined;
  #kept: KeptRun | undefined;
  #ending: NodeJS.Timeout | undefined;

  constructor(options: FramedPageOptions) {
    const { frames, streamlit, isNew, isJoining } = options;
    this.#options = options;
    this.#streamlit = streamlit;
    const known = streamlit === undefined ? undefined : frames.find(streamlit);
    this.#frame = known ?? frames.blank();
    // It shows something that is not known.
    if (known === undefined && !isNew) this.#frame.doubt();
    if (streamlit !== undefined) frames.opened(streamlit, options.session(), this.#frame);
    this.#phase = isJoining ? (isNew ? "joins" : "joined") : isNew ? "begins" : "plain";
  }

  /**
   * Whether a page of the same tab can join the run under way. A new page asks for the whole
   * script: a run that only a timer has asked for gives way to that.
   */
  canJoin(isNew: boolean): boolean {
    const { running, asked } = this.#frame;
    if (!running || (isNew && asked.isTimed)) return false;
    return joinedFrame(this.#frame, { isNew, since: 0 }) !== undefined;
  }

  /** The page's socket is open. */
  opened(): void {
    if (this.#phase !== "joined") return;
    // It lives on and may say nothing for long.
    if (!this.#join()) this.#options.close();
  }

  /** @param id - Streamlit's session id, if the message says it */
  heard(message: Buffer, id: string | undefined): void {
    if (id !== undefined && id !== this.#streamlit) this.#switch(id);
    if (this.#phase === "begins") {
      if (!isBeginning(message)) return;
      this.#begin();
    }
    if (this.#hasReported && isBeginning(message)) {
      this.#hasReported = false;
      this.#values.end();
      if (this.#phase === "shown") this.#phase = "plain";
    }
    const { run } = this.#frame;
    this.#frame.heard(message);
    if (this.#frame.run !== run && this.#streamlit !== undefined)
      this.#options.frames.used(this.#streamlit);
    if (this.#kept !== undefined && !this.#frame.running) this.#endSoon();
  }

  /** Something passed unseen. */
  unseen(): void {
    this.#frame.doubt();
  }

  rewrites(): boolean {
    return this.#phase !== "plain" || this.#before !== undefined;
  }

  rewrite(message: Buffer): readonly (string | Uint8Array)[] | undefined {
    const before = this.#before;
    if (before !== undefined) {
      this.#before = undefined;
      return [...before, message];
    }
    // It gets the frame once it has spoken.
    if (this.#phase === "joins") return [];
    if (this.#phase !== "joined" && this.#phase !== "shown") return undefined;
    const isJoined = this.#phase === "joined";
    const { told, silent, widget } = forShown(this.#frame, message, {
      values: this.#values,
      restores: isJoined && this.#options.isNew,
      resolves: isJoined,
    });
    if (!this.#frame.running) this.#phase = "plain";
    return silent === undefined ? [told] : [this.#options.unless(widget), told, silent];
  }

  /**
   * The page's first message. @returns what Streamlit gets instead; undefined for the message
   * itself, null for nothing
   */
  firstSaid(message: Buffer): Uint8Array | null | undefined {
    const frame = this.#frame;
    if (this.#phase === "joined" && !this.#options.isNew) {
      if (frame.running && this.#isRepeated(message)) return null;
      frame.said(message);
      return undefined;
    }
    if (this.#phase === "plain") {
      frame.said(message);
      return undefined;
    }
    const isAt = isAtFrame(frame, message);
    if (this.#phase === "joins") {
      // Python tells a new page the values of its widgets only if the page connects to it. So one
      // that cannot join connects again.
      if (!isAt || !frame.running || frame.asked.isTimed || !this.#join()) this.#options.close();
      return null;
    }
    this.#shows = isAt && this.#streamlit !== undefined && this.#options.showsLast;
    if (!this.#shows) {
      frame.begin();
      frame.said(message);
      return undefined;
    }
    return frame.navigation === undefined ? undefined : askingForPage(frame, message);
  }

  /** @returns null if Streamlit need not get it */
  said(message: Buffer): null | undefined {
    if (this.judges() && isMountReport(this.#frame, message, this.#hasReported)) return null;
    this.#hasReported ||= this.rewrites() && isReport(message);
    this.#frame.said(message);
    return undefined;
  }

  /** Whether what the page says waits for `said`. */
  judges(): boolean {
    return this.#phase === "joined";
  }

  /** Whether the run under way continues if the page closes. */
  keeps(): boolean {
    const { runs, mayReturn, session } = this.#options;
    if (!mayReturn || this.#phase === "begins") return false;
    const { running, isSure } = this.#frame;
    if (running && isSure && !namesRuns(this.#frame)) {
      this.#options.older();
      return false;
    }
    return running && isSure && (this.#kept !== undefined || runs.hasRoom(session()));
  }

  /** The page has gone, and its run goes on. */
  left(): void {
    const { runs, session, close } = this.#options;
    this.#frame.seenUntil ??= this.#frame.clock;
    this.#kept = runs.keep(session(), close);
    if (!this.#frame.running) this.#endSoon();
  }

  closed(): void {
    const { runs, frames } = this.#options;
    runs.release(this.#kept);
    clearTimeout(this.#ending);
    this.#kept = undefined;
    if (this.#streamlit === undefined) this.#frame.release();
    else frames.closed(this.#streamlit, this.#frame);
  }

  #join(): boolean {
    const frame = this.#frame;
    const since = frame.seenUntil ?? frame.clock;
    const steps = joinedFrame(frame, { isNew: this.#options.isNew, since });
    if (steps === undefined) return false;
    frame.emptyToasts(since);
    frame.seenUntil = undefined;
    this.#phase = frame.running ? "joined" : "plain";
    const all = this.#options.isNew ? steps : joinedFrame(frame, { isNew: true, since });
    this.#values = new ShownValues(all?.flat() ?? []);
    this.#options.send(this.#inSteps(steps));
    return true;
  }

  #inSteps(steps: readonly (readonly Buffer[])[]): (string | Buffer)[] {
    const { pause } = this.#options;
    return steps.flatMap((step, at): (string | Buffer)[] =>
      at === 0 ? [...step] : [pause, ...step],
    );
  }

  /** A run of the whole script begins for a page that shows nothing yet. */
  #begin(): void {
    this.#phase = "plain";
    this.#hasReported = false;
    const last = this.#shows ? lastFrame(this.#frame) : undefined;
    if (last !== undefined) {
      this.#before = this.#inSteps([...last, []]);
      this.#values = new ShownValues(last.flat());
      this.#phase = "shown";
      this.#frame.emptyToasts();
    } else if (this.#shows) this.#frame.begin();
    this.#frame.seenUntil = undefined;
  }

  /** Streamlit has made another session for this page than expected, or the first one. */
  #switch(id: string): void {
    const { frames, session, isNew } = this.#options;
    if (this.#streamlit !== undefined) {
      frames.closed(this.#streamlit, this.#frame);
      this.#frame = frames.blank();
      this.#shows = false;
      if (!isNew || this.#phase === "plain") this.#frame.doubt();
    }
    this.#streamlit = id;
    frames.opened(id, session(), this.#frame);
  }

  /** Whether the page only asks for the run that it believes to be interrupted. */
  #isRepeated(message: Buffer): boolean {
    try {
      const rerun = readRerun(message);
      return (
        rerun !== undefined &&
        rerun.fragment === "" &&
        !rerun.states.some((state) => isTrigger(state) || this.#frame.states.isNews(state))
      );
    } catch {
      return false;
    }
  }

  #endSoon(): void {
    clearTimeout(this.#ending);
    this.#ending = setTimeout(() => {
      if (this.#kept !== undefined && !this.#frame.running) this.#options.close();
    }, AFTER_RUN).unref();
  }
}
