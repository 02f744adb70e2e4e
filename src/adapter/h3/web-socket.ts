import { hiddenSlot } from "../../hidden-slot.ts";
import { bindSession, isForeignSocket, type Session, type Sessions } from "../../sessions/index.ts";
import { joinedScope, outerScope } from "../same-request.ts";
import { OpenSockets, SocketScopes } from "../socket-scopes.ts";

// oxlint-disable-next-line typescript/no-explicit-any -- the types of crossws, which are no dependency of this package
type Given = any;

/** A handler of WebSockets, as h3, Nitro and crossws take it. */
export interface WebSocketHooksLike {
  /** Answers the upgrade: with headers, or with a `Response` that refuses it. */
  upgrade?(request: Given): Given;
  /** The socket is open. */
  open?(peer: Given): Given;
  /** A message has come. */
  message?(peer: Given, message: Given): Given;
  /** The socket is closed. */
  close?(peer: Given, details: Given): Given;
  /** The socket has failed. */
  error?(peer: Given, error: Given): Given;
}

/** How the sockets of a route get their session. */
export interface WebSocketOptions {
  /**
   * Gives a visitor without a cookie one in the answer to the upgrade. Without it such a visitor
   * has to load a page that stores something first. Default false, because visitors who store
   * nothing would get a cookie, too.
   */
  readonly cookieOnUpgrade?: boolean;
}

/** As much of crossws's request as is needed. */
interface UpgradeRequest {
  readonly url: string;
  readonly headers: Headers;
  readonly context?: Record<symbol, unknown>;
  /** Where Nitro 3 and where crossws 0.3 have Node's request. */
  readonly runtime?: { readonly node?: { readonly req?: NodeRequest } };
  readonly _req?: NodeRequest;
}

interface NodeRequest {
  readonly socket?: { readonly remoteAddress?: string; readonly encrypted?: boolean };
}

interface Peer {
  readonly context: Record<symbol, unknown>;
  close(code: number, reason: string): void;
}

/** Where the upgrade leaves the session for what comes after it: crossws hands the context on. */
const SESSION = Symbol("persist-session.socket");

/** What is known of an open socket. */
interface OpenSocket {
  readonly scopes: SocketScopes;
  readonly closed: () => void;
}

/** Hooks that have their session, and whose sessions those are. */
const wrapped = new WeakMap<object, () => Sessions>();

/**
 * Gives hooks their session: each call is a scope, and that of the upgrade sets the cookie.
 *
 * @param sessions - made at the first upgrade
 */
export function webSocketHooks<H extends WebSocketHooksLike>(
  hooks: H,
  sessions: () => Sessions,
  { cookieOnUpgrade = false }: WebSocketOptions = {},
): H {
  if (wrapped.get(hooks) === sessions) return hooks;
  const slot = hiddenSlot<OpenSocket>();
  let open: OpenSockets | undefined;

  const upgrade = async (request: UpgradeRequest): Promise<unknown> => {
    let made: Sessions;
    try {
      made = sessions();
    } catch (error) {
      // crossws would leave the client waiting for an answer.
      logUnmade(error);
      return refusal(500);
    }
    return await answerUpgrade(hooks, request, made, cookieOnUpgrade).catch((error: unknown) => {
      made.report(error);
      return refusal(500);
    });
  };

  const socketOf = (peer: Peer): OpenSocket => {
    const known = slot.get(peer);
    if (known !== undefined) return known;
    const session = peer.context[SESSION] as Session;
    bindSession(peer, session);
    const made = sessions();
    const scopes = new SocketScopes(
      session,
      (error) => made.report(error),
      (code, reason) => peer.close(code, reason),
    );
    open ??= new OpenSockets(made);
    const socket = { scopes, closed: open.add(session, scopes) };
    slot.set(peer, socket);
    return socket;
  };

  const scoped = (name: keyof WebSocketHooksLike) => (peer: Peer, given?: unknown) => {
    const { scopes, closed } = socketOf(peer);
    if (name === "close") closed();
    if (hooks[name] !== undefined) scopes.run(async () => void (await hooks[name]?.(peer, given)));
  };
  const others = (["open", "message", "close", "error"] as const).map((name) => [
    name,
    scoped(name),
  ]);
  const scopedHooks = { ...hooks, ...Object.fromEntries(others), upgrade };
  wrapped.set(scopedHooks, sessions);
  return scopedHooks;
}

async function answerUpgrade(
  hooks: WebSocketHooksLike,
  request: UpgradeRequest,
  sessions: Sessions,
  cookieOnUpgrade: boolean,
): Promise<unknown> {
  const asked = {
    remoteAddress: (request.runtime?.node?.req ?? request._req)?.socket?.remoteAddress,
    // The URL of crossws 0.3 trusts any X-Forwarded-Proto. Pages do not, and then have other
    // cookies.
    secure:
      request._req?.socket === undefined
        ? request.url.startsWith("https:")
        : request._req.socket.encrypted === true,
  };
  const claims = { ...asked, headers: request.headers, encrypted: asked.secure };
  if (isForeignSocket(sessions, claims, "it was answered with 403")) return refusal(403);
  const outer = outerScope(request, request);
  // Hooks that were given their session twice: the outer ones answer, and have it for the socket.
  if (joinedScope(outer, sessions) !== undefined)
    return (await hooks.upgrade?.(request)) as unknown;
  const scope = sessions.fromRequest(request.headers, { request, ...asked });
  scope.within(outer, request);
  const { session } = scope;
  let given: unknown;
  try {
    given = await scope.run(async () => {
      if (cookieOnUpgrade && session.isNew) await session.start();
      return (await hooks.upgrade?.(request)) as unknown;
    });
  } catch (error) {
    // As in crossws: a hook may refuse by throwing.
    const { response = error } = (error ?? {}) as { response?: unknown };
    if (response instanceof Response) return scope.setCookie(response);
    sessions.report(error);
    // What was stored nevertheless must be found again.
    return scope.setCookie(refusal(500));
  }
  if (given instanceof Response) return scope.setCookie(given);
  // crossws takes any Response for a refusal, also one of another fetch.
  if ((given as { ok?: unknown } | undefined)?.ok === false) return given;
  const { headers, context, ...more } = (given ?? {}) as {
    headers?: ConstructorParameters<typeof Headers>[0];
    context?: object;
  };
  const answer = new Headers(headers);
  scope.setCookie(answer);
  if (request.context !== undefined) request.context[SESSION] = session;
  return { ...more, headers: answer, context: { ...context, [SESSION]: session } };
}

function refusal(status: 403 | 500): Response {
  const text =
    status === 403 ? "Pages of this origin may not connect.\n" : "Internal Server Error\n";
  return new Response(text, { status, headers: { connection: "close" } });
}

function logUnmade(error: unknown): void {
  // oxlint-disable-next-line no-console -- without sessions there is no log of theirs
  console.error(error);
}
