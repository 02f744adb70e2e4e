// oxlint-disable promise/no-callback-in-promise -- express-session's methods take callbacks
import { PersistError } from "../errors.ts";
import { currentSession, type Session } from "../sessions/index.ts";
import { persist } from "../state/index.ts";

/** Called when a method has done its work, with the error if there was one. */
export type Done = (error?: unknown) => void;

/** The part of the request that the methods change. */
export interface SessionRequest {
  session?: StoredSession | undefined;
  sessionID: string;
}

/** What `req.session.cookie` tells. It cannot be changed for one session. */
export interface SessionCookie {
  /** Milliseconds that the session is kept after its last use. */
  readonly maxAge: number;
  /** The same as `maxAge`. */
  readonly originalMaxAge: number;
  /** When the session expires if it is not used again. */
  readonly expires: Date;
  /** Always true: a page's script cannot read the cookie. */
  readonly httpOnly: true;
}

const requests = new WeakMap<Session, { readonly request: SessionRequest; readonly ttl: number }>();

/** Lets the methods know the request: overlapping requests of one session share its object. */
export function bindRequest(session: Session, request: SessionRequest, ttl: number): void {
  requests.set(session, { request, ttl });
}

/**
 * `req.session`: an object whose properties are kept, with the methods of express-session. Each
 * takes a callback, and gives a promise if there is none.
 */
export class StoredSession {
  /** The session's id. */
  get id(): string {
    return (found()?.session ?? currentSession()).id;
  }

  get cookie(): SessionCookie {
    const { ttl } = bound();
    const expires = new Date(Date.now() + ttl);
    return unchangeable({ maxAge: ttl, originalMaxAge: ttl, expires, httpOnly: true });
  }

  set cookie(_value: unknown) {
    throw cookieFixed();
  }

  /**
   * Gives the browser a new session id, and `req.session` an empty object. States of other classes
   * stay: it is what a login calls.
   */
  regenerate(): Promise<void>;
  regenerate(done: Done): this;
  regenerate(done?: Done): Promise<void> | this {
    return this.#call(done, async (session, request) => {
      await session.rotate({ login: true });
      await session.clear(StoredSession);
      request.session = await session.restore(StoredSession);
      request.sessionID = session.id;
    });
  }

  /** Ends the session with all its states, and the browser's cookie. */
  destroy(): Promise<void>;
  destroy(done: Done): this;
  destroy(done?: Done): Promise<void> | this {
    return this.#call(done, async (session, request) => {
      await session.clear();
      request.session = undefined;
    });
  }

  /** Stores what has changed so far. It is stored before the response ends in any case. */
  save(): Promise<void>;
  save(done: Done): this;
  save(done?: Done): Promise<void> | this {
    return this.#call(done, async (session) => await session.commit());
  }

  /** Stores what has changed so far, and reads what others have stored meanwhile. */
  reload(): Promise<void>;
  reload(done: Done): this;
  reload(done?: Done): Promise<void> | this {
    return this.#call(done, async (session, request) => {
      await session.commit();
      await session.run(async () => void (await session.restore(StoredSession)));
      request.session = await session.restore(StoredSession);
    });
  }

  /** Does nothing: the time of a session that is used goes on by itself. */
  touch(): this {
    return this;
  }

  /** Does nothing, like `touch`. */
  resetMaxAge(): this {
    return this;
  }

  #call(
    done: Done | undefined,
    work: (session: Session, request: SessionRequest) => Promise<void>,
  ): Promise<void> | this {
    const { session, request } = bound();
    const working = work(session, request);
    if (done === undefined) return working;
    working.then(
      () => done(),
      (error: unknown) => done(error),
    );
    return this;
  }
}

persist("express-session", StoredSession);

/**
 * Names of the class, which no property of an app can have: it would stand before the method in all
 * later requests.
 */
const OWN_NAMES = Object.getOwnPropertyNames(StoredSession.prototype);

for (const name of OWN_NAMES) {
  const own = Object.getOwnPropertyDescriptor(StoredSession.prototype, name);
  if (name === "constructor" || typeof own?.value !== "function") continue;
  Object.defineProperty(StoredSession.prototype, name, {
    configurable: true,
    get: () => own.value as unknown,
    set: () => {
      throw new PersistError(
        "ERR_VALUE_UNSUPPORTED",
        `req.session.${name} is a method, and no property can have its name. If names come from outside, keep them in an object: req.session.form = req.body.`,
      );
    },
  });
}

function cookieFixed(): PersistError {
  return new PersistError(
    "ERR_OPTION_INVALID",
    "req.session.cookie cannot be changed for one session. Give session() the option cookie for all of them.",
  );
}

/** A frozen object would let sloppy code go on as if its change had been made. */
function unchangeable<T extends object>(value: T): T {
  return new Proxy(value, {
    set: () => {
      throw cookieFixed();
    },
    deleteProperty: () => {
      throw cookieFixed();
    },
    defineProperty: () => {
      throw cookieFixed();
    },
  });
}

interface BoundRequest {
  readonly session: Session;
  readonly request: SessionRequest;
  readonly ttl: number;
}

/** The session of `session()`, also below another adapter with sessions and a cookie of its own. */
function found(): BoundRequest | undefined {
  const session = currentSession();
  const own = requests.get(session);
  if (own !== undefined) return { session, ...own };
  for (let at = session.request?.outer; at !== undefined; at = at.outer) {
    const outer = requests.get(at.session);
    if (outer !== undefined) return { session: at.session, ...outer };
  }
  return undefined;
}

function bound(): BoundRequest {
  const known = found();
  if (known !== undefined) return known;
  throw new PersistError(
    "ERR_NO_SESSION",
    "This request has not passed session() of persist-session/express-session. Put app.use(session()) before the routes.",
  );
}
