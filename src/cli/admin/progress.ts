import { bytesText, countText } from "./text.ts";

/** The part of a terminal or a log that is needed. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const BAR = 24;
/** A terminal is redrawn ten times a second. A log gets a line every five seconds. */
const REDRAW = 100;
const LINE = 5000;

/** Shows the progress of a long task: as a bar on a terminal, as plain lines elsewhere. */
export class Progress {
  readonly #output: Output;
  readonly #total: number;
  readonly #started = performance.now();
  #shown = performance.now() - REDRAW;
  #drawn = false;

  constructor(output: Output, total: number) {
    this.#output = output;
    this.#total = total;
  }

  update(done: number, bytes: number): void {
    const now = performance.now();
    if (now - this.#shown < (this.#output.isTTY === true ? REDRAW : LINE)) return;
    this.#shown = now;
    this.#show(done, bytes);
  }

  /** Shows the end and finishes the line. */
  end(done: number, bytes: number): void {
    this.#show(done, bytes);
    if (this.#drawn) this.#output.write("\n");
  }

  #show(done: number, bytes: number): void {
    // More may have been added since they were counted.
    const total = Math.max(this.#total, done);
    const part = total === 0 ? 1 : done / total;
    const seconds = (performance.now() - this.#started) / 1000;
    const rate = done / Math.max(seconds, 0.001);
    const facts = [
      `${Math.floor(part * 100)} %`,
      `${countText(done)} of ${countText(total)}`,
      bytesText(bytes),
      `${countText(Math.round(rate))}/s`,
      ...(done < total && rate > 0 ? [`${duration((total - done) / rate)} left`] : []),
    ].join("  ");
    if (this.#output.isTTY !== true) {
      this.#output.write(`${facts}\n`);
      return;
    }
    const full = Math.round(part * BAR);
    const line = `[${"#".repeat(full)}${" ".repeat(BAR - full)}] ${facts}`;
    // Goes back to the beginning of the line, and erases the rest of the last one.
    this.#output.write(`\r${line.slice(0, (this.#output.columns ?? 80) - 1)}\u001B[K`);
    this.#drawn = true;
  }
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
