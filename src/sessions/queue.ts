/** Runs tasks one after the other, in their order. A task that fails does not hold up the next. */
export class Queue {
  #last: Promise<unknown> | undefined;

  /** Whether nothing is under way, so that a task would start at once. */
  get idle(): boolean {
    return this.#last === undefined;
  }

  /** @param task - tells of its failures by its promise */
  run<T>(task: () => Promise<T>): Promise<T> {
    // Nearly always nothing is under way; then no promise more is made than the task's own.
    const turn = this.#last === undefined ? task() : this.#last.then(task, task);
    this.#last = turn;
    const over = (): void => {
      if (this.#last === turn) this.#last = undefined;
    };
    // First in line, so that the queue is idle again when the caller goes on.
    turn.then(over, over);
    return turn;
  }
}
