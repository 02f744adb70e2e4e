import type { IncomingMessage, ServerResponse } from "node:http";
import type { Sessions } from "../../src/sessions/sessions.ts";
import type { SessionsOptions } from "../../src/sessions/options.ts";

/** A request as a route of these tests sees it, whatever the framework. */
export interface Visit {
  /** The framework's own request object. */
  readonly request: object;
  readonly query: URLSearchParams;
  /** The request's body, as text. */
  readonly body: () => Promise<string>;
  /** Node's own pair, if the framework has one and leaves it to the handler. */
  readonly node: () => { readonly request: IncomingMessage; readonly response: ServerResponse };
}

/** What a route answers. Each driver says it in its framework's own way. */
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly text?: string;
  readonly json?: unknown;
  readonly redirect?: string;
  /** Written piece by piece, as they come. */
  readonly pieces?: () => AsyncGenerator<string>;
  /** The handler answers by Node's response, itself. */
  readonly taken?: true;
}

export type Route = (visit: Visit) => Answer | Promise<Answer>;
export type Routes = Readonly<Record<string, Route>>;

export interface App {
  readonly url: string;
  readonly sessions: Sessions;
  /** What the app's own error handler was given, if the framework has one. */
  readonly caught: unknown[];
  readonly close: () => Promise<void>;
}

export interface StartOptions {
  readonly routes: Routes;
  readonly sessions: SessionsOptions | Sessions;
}

/** How one framework is driven. */
export interface Driver {
  readonly name: string;
  /** Whether handlers get Node's response. */
  readonly node: boolean;
  /** Whether errors go to a handler of the app's. */
  readonly catches: boolean;
  readonly start: (options: StartOptions) => Promise<App>;
}

/**
 * What the app's own error handlers answer, so that a test can tell their answer from any other.
 */
export function apology(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "none";
  return `the app is sorry: ${code}`;
}
