/** Runs tasks one after the other, in their order. A task that fails does not hold up the next. */
export class Queue {
  #last: Promise<unknown> | undefined;

  /** Whether nothing is under way, so that a task would start at once. */
  get idle(): boolean {
    return this.#last === undefined;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    // Nearly always nothing is under way; then no promise more is made than the task's own.
    const turn = this.#last === undefined ? task() : this.#last.then(task, task);
    this.#last = turn;
    try {
      return await turn;
    } finally {
      if (this.#last === turn) this.#last = undefined;
    }
  }
}
