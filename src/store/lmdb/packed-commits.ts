import { type CommitLog, COMMITS_KEPT, type PastCommit } from "../embedded/index.ts";
import type { WriteOutcome } from "../store.ts";
import { isWellFormed } from "./keys.ts";
import { corruptEntry, PackedReader, PackedWriter } from "./packed.ts";

const OUTCOMES = ["written", "conflict", "ended"] as const;

/**
 * A log of commits as it is stored: their number, then one after another. Each commit reads its
 * owner's log and writes it back with one entry more, and rarely needs the old entries. So these
 * stay bytes.
 */
export class PackedCommits implements CommitLog {
  /** Reads the rest of an entry as a log, after a check of its shape. */
  static readFrom(input: PackedReader): PackedCommits {
    const bytes = input.rest();
    for (let count = input.number(); count > 0; count--) skipCommit(input);
    input.finish();
    return new PackedCommits(bytes);
  }

  readonly bytes: Buffer;

  constructor(bytes: Buffer = Buffer.of(0)) {
    this.bytes = bytes;
  }

  find(commitId: string): PastCommit | undefined {
    // Searched as bytes first: an id that is not among the bytes is not in the log.
    if (isWellFormed(commitId) && !this.bytes.includes(commitId)) return undefined;
    const input = new PackedReader(this.bytes, this.bytes.length);
    for (let count = input.number(); count > 0; count--) {
      const commit = readCommit(input);
      if (commit.commitId === commitId) return commit;
    }
    return undefined;
  }

  with(commit: PastCommit): PackedCommits {
    const input = new PackedReader(this.bytes, this.bytes.length);
    let count = input.number();
    for (; count >= COMMITS_KEPT; count--) skipCommit(input);
    const out = new PackedWriter().number(count + 1).raw(input.left());
    writeCommit(out, commit);
    return new PackedCommits(out.copy());
  }
}

function writeCommit(out: PackedWriter, { commitId, outcomes }: PastCommit): void {
  out.text(commitId).number(outcomes.length);
  for (const outcome of outcomes) {
    out.number(OUTCOMES.indexOf(outcome.outcome));
    if (outcome.outcome === "written")
      out.number(outcome.epoch).number(outcome.version).number(outcome.previous);
  }
}

function readCommit(input: PackedReader): PastCommit {
  const commitId = input.text();
  const outcomes: WriteOutcome[] = [];
  for (let left = input.number(); left > 0; left--) outcomes.push(readOutcome(input));
  return { commitId, outcomes };
}

function readOutcome(input: PackedReader): WriteOutcome {
  const outcome = OUTCOMES[input.number()];
  if (outcome === undefined) throw corruptEntry();
  if (outcome !== "written") return { outcome };
  return { outcome, epoch: input.number(), version: input.number(), previous: input.number() };
}

function skipCommit(input: PackedReader): void {
  input.skipText();
  for (let left = input.number(); left > 0; left--) readOutcome(input);
}
