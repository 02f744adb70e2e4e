import type { WriteOutcome } from "../store.ts";

/** How many commits an owner remembers. */
export const COMMITS_KEPT = 8;

export interface PastCommit {
  readonly commitId: string;
  readonly outcomes: readonly WriteOutcome[];
}

/** The last commits of an owner, kept to answer a repeated one. Immutable. */
export interface CommitLog {
  find(commitId: string): PastCommit | undefined;
  /** The log with one commit more, without the oldest beyond 8. */
  with(commit: PastCommit): CommitLog;
}

/** A log as a list. */
export class ListedCommits implements CommitLog {
  readonly #list: readonly PastCommit[];

  constructor(list: readonly PastCommit[] = []) {
    this.#list = list.slice(-COMMITS_KEPT);
  }

  find(commitId: string): PastCommit | undefined {
    return this.#list.find((commit) => commit.commitId === commitId);
  }

  with(commit: PastCommit): CommitLog {
    return new ListedCommits([...this.#list, commit]);
  }
}
