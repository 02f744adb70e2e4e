/** Runs tasks one after the other, in order. A task that fails does not hold up the next. */
export class Queue {
  #last: Promise<unknown> | undefined;

  /** Whether a task would start at once. */
  get idle(): boolean {
    return this.#last === undefined;
  }

  /** @param task - reports a failure by its promise */
  run<T>(task: () => Promise<T>): Promise<T> {
    // Usually the queue is idle. Then it adds no promise to the task's own.
    const turn = this.#last === undefined ? task() : this.#last.then(task, task);
    this.#last = turn;
    const over = (): void => {
      if (this.#last === turn) this.#last = undefined;
    };
    // Registered first: the queue must be idle again when the caller goes on.
    turn.then(over, over);
    return turn;
  }
}
