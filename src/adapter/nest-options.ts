import type { IncomingMessage } from "node:http";
import { PersistError } from "../errors.ts";
import {
  createSessions,
  type GivenOptions,
  Sessions,
  type SessionsOptions,
} from "../sessions/index.ts";

/** What the sessions of an app are made of: the options of `createSessions`, or `Sessions`. */
export type PersistSessionModuleOptions<U extends string = string> =
  | GivenOptions<IncomingMessage, U>
  | Sessions;

type MaybePromise<T> = T | Promise<T>;

/** A class that makes the options, for `useClass` and `useExisting`. */
export interface PersistSessionOptionsFactory {
  /** Called once, while the app starts. */
  createPersistSessionOptions(): MaybePromise<SessionsOptions<IncomingMessage> | Sessions>;
}

// oxlint-disable-next-line typescript/no-explicit-any -- Nest's own types, which are no dependency of this package
type NestToken = any;

/**
 * How `forRootAsync()` gets the options: by one of `useFactory`, `useClass` and `useExisting`.
 */
export interface PersistSessionModuleAsyncOptions<U extends string = string> {
  /** The modules whose providers are injected. Default: none. */
  imports?: NestToken[];
  /** What `useFactory` gets, in this order. Default: nothing. */
  inject?: NestToken[];
  /** Gives the options, or a promise of them. Default: none. */
  useFactory?: (
    // oxlint-disable-next-line typescript/no-explicit-any -- the app's own providers
    ...injected: any[]
  ) => MaybePromise<PersistSessionModuleOptions<U>>;
  /**
   * A class that Nest creates for this, with the dependencies of its constructor. Default: none.
   */
  // oxlint-disable-next-line typescript/no-explicit-any -- the app's own providers
  useClass?: new (...injected: any[]) => PersistSessionOptionsFactory;
  /** A provider of the imported modules that makes the options. Default: none. */
  useExisting?: NestToken;
}

/** A provider by a factory, as Nest takes it. */
interface FactoryProvider {
  readonly provide: NestToken;
  readonly inject: NestToken[];
  readonly useFactory: (...injected: never[]) => unknown;
}

/** The options as `inject` names them: Nest's messages show the name. */
const OPTIONS = Symbol("PersistSessionModuleOptions");

/** Sessions that were made here, so the app closes them. */
const made = new WeakSet<Sessions>();

/** Closes an app's sessions, unless it has brought them itself. */
export async function closeMade(sessions: Sessions): Promise<void> {
  if (made.has(sessions)) await sessions.close();
}

/**
 * Nest runs the factories of providers while it starts, so an error in them ends the start. Each
 * app gets its own `Sessions`: if a module is started again, as in tests, it must not find closed
 * ones.
 */
export function sessionsProviders(options: FactoryProvider): object[] {
  const sessions: FactoryProvider = {
    provide: Sessions,
    inject: [OPTIONS],
    useFactory: (given: SessionsOptions | Sessions) => {
      if (given instanceof Sessions) return given;
      const created = createSessions(given);
      made.add(created);
      return created;
    },
  };
  return [options, sessions];
}

/** The options that `forRoot()` was given. */
export function givenOptions(options: SessionsOptions | Sessions = {}): FactoryProvider {
  return { provide: OPTIONS, inject: [], useFactory: () => options };
}

const WAYS = ["useFactory", "useClass", "useExisting"] as const;
const KNOWN: ReadonlySet<string> = new Set(["imports", "inject", ...WAYS]);

/**
 * The options that an app's own provider makes.
 * @returns the provider, and the class that Nest has to make for it
 * @throws PersistError `ERR_OPTION_INVALID` unless there is exactly one way to get them
 */
export function asyncOptions(asked: PersistSessionModuleAsyncOptions = {}): {
  readonly options: FactoryProvider;
  readonly own: readonly object[];
} {
  const ways = WAYS.filter((way) => asked[way] !== undefined);
  if (ways.length !== 1) {
    throw invalid(
      `needs one of ${WAYS.join(", ")}, and was given ${ways.length === 0 ? "none" : ways.join(" and ")}`,
    );
  }
  const stray = Object.keys(asked).find((name) => !KNOWN.has(name));
  if (stray !== undefined) {
    const hint = /global/i.test(stray) ? ": the module is global always" : "";
    throw invalid(`has no option ${stray}${hint}. It takes ${[...KNOWN].join(", ")}`);
  }
  const { useFactory, inject = [], useClass, useExisting } = asked;
  if (useFactory !== undefined) {
    const make = async (...injected: never[]): Promise<unknown> =>
      checked(await useFactory(...injected), "useFactory");
    return { options: { provide: OPTIONS, inject, useFactory: make }, own: [] };
  }
  const options = { provide: OPTIONS, inject: [useClass ?? useExisting], useFactory: madeBy };
  return { options, own: useClass === undefined ? [] : [useClass] };
}

async function madeBy(factory: PersistSessionOptionsFactory): Promise<object> {
  if (typeof factory?.createPersistSessionOptions !== "function")
    throw invalid("was given a provider without the method createPersistSessionOptions()");
  return checked(await factory.createPersistSessionOptions(), "createPersistSessionOptions()");
}

/** A factory without a `return` would silently keep everything in the default store. */
function checked(options: unknown, from: string): object {
  if (typeof options === "object" && options !== null) return options;
  throw invalid(
    `got no options from ${from}. Return those of createSessions, {} for the defaults, or Sessions`,
  );
}

function invalid(what: string): PersistError {
  return new PersistError("ERR_OPTION_INVALID", `PersistSessionModule.forRootAsync() ${what}.`);
}
