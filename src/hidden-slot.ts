/**
 * A hidden field on objects of others: a private field added to an existing object by a constructor
 * that returns its argument. It does what a WeakMap does, but a WeakMap with an entry per request
 * costs time in every garbage collection (measured: a third of the time of a request that reads one
 * attribute).
 */
export function hiddenSlot<T>(): {
  get(target: object): T | undefined;
  set(target: object, value: T): void;
} {
  // oxlint-disable-next-line typescript/no-extraneous-class -- the base of a class is the only way to say which object gets the field
  class Given {
    constructor(target: object) {
      // oxlint-disable-next-line no-constructor-return -- see above
      return target;
    }
  }
  class Slot extends Given {
    #value: T | undefined;

    static get(target: object): T | undefined {
      return #value in target ? target.#value : undefined;
    }

    static set(target: object, value: T): void {
      const slot = #value in target ? target : new Slot(target);
      slot.#value = value;
    }
  }
  return Slot;
}
