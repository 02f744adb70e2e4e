import type { EventEmitter } from "node:events";
import { type Scope, scopes } from "../sessions/index.ts";

type Emit = EventEmitter["emit"];

/** What an emitter's own `emit` needs. */
interface Scoping {
  readonly scope: Scope;
  readonly emit: Emit;
}

const SCOPING = Symbol("persist-session.scoping");

type Scoped = EventEmitter & { [SCOPING]?: Scoping };

/**
 * Runs the listeners of a request or response in its scope. Node emits their events (the body's
 * pieces, its end, the close) from the connection, outside the async context of the handler; so
 * `restore` in them, and in functions that a body parser calls from them, would find no session.
 */
export function scopeEvents(emitter: EventEmitter, scope: Scope): void {
  // oxlint-disable-next-line typescript/unbound-method -- called on the emitter that it came from
  const { emit } = emitter;
  // A second adapter on the same request: its scope is the inner one, which handlers run in.
  const before = (emitter as Scoped)[SCOPING];
  (emitter as Scoped)[SCOPING] = { scope, emit: before === undefined ? emit : before.emit };
  if (before === undefined) emitter.emit = emitInScope;
}

// One function for all, so that all requests keep one shape for the engine.
function emitInScope(this: Scoped, ...args: Parameters<Emit>): boolean {
  const { scope, emit } = this[SCOPING] as Scoping;
  const ambient = scopes.getStore();
  if (ambient === scope || ambient?.session === scope.session || this.listenerCount(args[0]) === 0)
    return emit.apply(this, args);
  return scopes.run(scope, callEmit, this, emit, args);
}

function callEmit(emitter: EventEmitter, emit: Emit, args: Parameters<Emit>): boolean {
  return emit.apply(emitter, args);
}
