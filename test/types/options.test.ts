import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { test } from "node:test";
import type { Request as ExpressRequest } from "express";
import type { FastifyRequest } from "fastify";
import type { Context } from "hono";
import { createSessions, type SessionsOptions, type StoreUrl } from "../../src/index.ts";
import type * as Astro from "../../src/adapter/astro.ts";
import * as express from "../../src/adapter/express.ts";
import * as fastify from "../../src/adapter/fastify.ts";
import * as hono from "../../src/adapter/hono.ts";
import * as http from "../../src/adapter/http.ts";
import * as koa from "../../src/adapter/koa.ts";
import type * as Nest from "../../src/adapter/nest.ts";
import type * as Next from "../../src/adapter/next.ts";
import type * as ReactRouter from "../../src/adapter/react-router.ts";
import type * as SocketIo from "../../src/adapter/socket-io.ts";
import type * as SvelteKit from "../../src/adapter/sveltekit.ts";
import type * as Trpc from "../../src/adapter/trpc.ts";
import type * as Ws from "../../src/adapter/ws.ts";
import session from "../../src/express-session/index.ts";
import { openPostgresStore } from "../../src/store/postgres.ts";
import { openRedisStore } from "../../src/store/redis.ts";
import { testSession } from "../../src/testing/index.ts";

declare global {
  namespace App {
    interface Locals {
      user: string;
    }
  }
}

declare module "fastify" {
  interface FastifyRequest {
    visitor?: string;
  }
}

/** Compiles only for types that are known. */
type Known<T> = 0 extends 1 & T ? "any" : T;

/**
 * What is never called: it is for the compiler, as are the adapters whose frameworks are not
 * installed here.
 */
export function identifies(
  adapters: {
    astro: typeof Astro;
    nest: typeof Nest;
    next: typeof Next;
    reactRouter: typeof ReactRouter;
    socketIo: typeof SocketIo;
    svelteKit: typeof SvelteKit;
    trpc: typeof Trpc;
    ws: typeof Ws;
  },
  server: never,
): void {
  const { astro, nest, next, reactRouter, socketIo, svelteKit, trpc, ws } = adapters;
  express.persistSession({
    identify: (request) => (request satisfies Known<ExpressRequest>).get("x-user"),
  });
  // @ts-expect-error -- no property of Express's request
  express.persistSession({ identify: (request) => request.nothing });
  fastify.persistSession({
    identify: (request) => (request satisfies Known<FastifyRequest>).visitor,
  });
  // @ts-expect-error -- no property of Fastify's request
  fastify.persistSession({ identify: (request) => request.nothing });
  hono.persistSession({
    identify: (context) => (context satisfies Known<Context>).req.header("x-user"),
  });
  // An app's own environment.
  hono.persistSession({
    identify: (context: Context<{ Variables: { user: string } }>) => context.get("user"),
  });
  // @ts-expect-error -- no property of Hono's context
  hono.persistSession({ identify: (context) => context.nothing });
  // @ts-expect-error -- Node's request is not Hono's context
  hono.persistSession({ identify: (request: IncomingMessage) => request.url });
  hono.withSession(() => new Response(), { identify: ({ headers }) => headers.get("x-user") });
  http.persistSession({
    identify: ({ headers }) =>
      headers["x-user"] satisfies Known<string | string[] | undefined> as string,
  });
  koa.persistSession({ identify: (context) => context.get("x-user") });
  koa.persistSession({ identify: ({ state }) => state["user"] as string });
  // @ts-expect-error -- no property of Koa's context
  koa.persistSession({ identify: (context) => context.nothing });
  nest.PersistSessionModule.forRoot({ identify: ({ headers }) => headers.authorization });
  nest.PersistSessionModule.forRoot({ identify: (request: ExpressRequest) => request.get("a") });
  nest.PersistSessionModule.forRootAsync({
    useFactory: async () => ({
      store: "memory:",
      identify: ({ headers }) =>
        headers["x-user"] satisfies Known<string | string[] | undefined> as string,
    }),
  });
  // @ts-expect-error -- a typing error
  nest.PersistSessionModule.forRootAsync({ useFactory: async () => ({ store: "lmbd:./state" }) });
  // @ts-expect-error -- it is global always
  nest.PersistSessionModule.forRootAsync({ useFactory: () => ({}), isGlobal: true });
  next.nextSession({ identify: ({ headers }) => headers.get("x-user") });
  // @ts-expect-error -- what Next gives to read cannot be changed
  next.nextSession({ identify: ({ headers }) => void headers.set("a", "b") });
  reactRouter.persistSession({ identify: ({ headers }) => headers.get("x-user") });
  astro.persistSession({ identify: ({ locals }) => locals.user });
  astro.persistSession({ identify: ({ cookies }) => cookies.get("user")?.value });
  svelteKit.persistSession({ identify: ({ locals }) => locals.user });
  // @ts-expect-error -- not what the app has declared
  svelteKit.persistSession({ identify: ({ locals }) => locals.nothing });
  socketIo.persistSession(server, { identify: ({ headers }) => headers.authorization });
  ws.persistSession(server, { identify: ({ headers }) => headers.authorization });
  trpc.persistSession({
    identify: (request) => (request instanceof Request ? request.headers.get("a") : undefined),
  });
  trpc.persistSession({ identify: (request: FastifyRequest) => request.visitor });
  createSessions({ identify: (request: IncomingMessage) => request.headers.authorization });
  // @ts-expect-error -- which adapter's request this is, the app has to say
  createSessions({ identify: (request) => request.headers });
  const shared: SessionsOptions = { identify: (request: ExpressRequest) => request.get("a") };
  express.persistSession(shared);
  // @ts-expect-error -- no option
  express.persistSession({ identity: () => "ann" });
}

test("a store URL that is a literal is checked by the compiler, as it is at run time", () => {
  const refused = { code: "ERR_STORE_URL" };
  // @ts-expect-error -- a typing error
  assert.throws(() => createSessions({ store: "lmbd:./state" }), refused);
  // @ts-expect-error -- memory has nothing after it
  assert.throws(() => createSessions({ store: "memory:a" }), refused);
  // @ts-expect-error -- no directory
  assert.throws(() => createSessions({ store: "lmdb:" }), refused);
  // @ts-expect-error -- a host
  assert.throws(() => createSessions({ store: "lmdb://state" }), refused);
  // @ts-expect-error -- no scheme
  assert.throws(() => createSessions({ store: "./state" }), refused);
  // @ts-expect-error -- one of two
  assert.throws(() => createSessions({ store: refused.code ? "mysql://a" : "memory:" }), refused);
  // @ts-expect-error -- each adapter
  assert.throws(() => express.persistSession({ store: "lmbd:./state" }), refused);
  // @ts-expect-error -- each adapter
  assert.throws(() => fastify.persistSession({ store: "lmbd:./state" }), refused);
  // @ts-expect-error -- each adapter
  assert.throws(() => hono.persistSession({ store: "lmbd:./state" }), refused);
  // @ts-expect-error -- and its handler
  assert.throws(() => hono.withSession(() => new Response(), { store: "lmbd:." }), refused);
  // @ts-expect-error -- each adapter
  assert.throws(() => http.persistSession({ store: "lmbd:./state" }), refused);
  // @ts-expect-error -- each adapter
  assert.throws(() => koa.persistSession({ store: "lmbd:./state" }), refused);
  // @ts-expect-error -- what stands in for express-session
  assert.throws(() => session({ store: "lmbd:./state" }), refused);
});

/** For the compiler: a server's store would begin to connect. */
export function servers(host: string, scheme: string): void {
  const urls: readonly StoreUrl[] = ["lmdb:state", "lmdb:./state", "lmdb:/a", "lmdb:///a"];
  for (const store of urls) createSessions({ store });
  createSessions({ store: "lmdb:./state" });
  createSessions({ store: "redis://127.0.0.1" });
  createSessions({ store: "rediss://127.0.0.1" });
  createSessions({ store: "postgres://127.0.0.1/a" });
  createSessions({ store: "postgresql://127.0.0.1/a" });
  void openRedisStore({ url: "rediss://127.0.0.1" });
  void openRedisStore({ url: `redis://${host}` });
  void openPostgresStore({ url: "postgresql://127.0.0.1/a" });
  createSessions({ store: `redis://${host}` });
  createSessions({ store: `${scheme}://${host}` });
}

test("so is the URL of a store that an app opens itself", async () => {
  const refused = { code: "ERR_STORE_URL" };
  // @ts-expect-error -- of another store
  await assert.rejects(openRedisStore({ url: "postgres://127.0.0.1" }), refused);
  // @ts-expect-error -- a typing error
  await assert.rejects(openPostgresStore({ url: "postgre://127.0.0.1" }), refused);
  const fromOutside: string = process.env["PERSIST_TEST_NO_SUCH"] ?? "http://127.0.0.1";
  await assert.rejects(openRedisStore({ url: fromOutside }), refused);
});

test("a text that is known at run time only compiles", async () => {
  const fromOutside: string = process.env["PERSIST_TEST_NO_SUCH"] ?? "memory:";
  await createSessions({ store: fromOutside }).close();
  await createSessions({ store: process.env["PERSIST_TEST_NO_SUCH"] ?? "memory:" }).close();
  const { sessions } = await testSession({ store: "memory:" });
  await sessions.close();
  const options: SessionsOptions = { store: "memory:" };
  await createSessions(options).close();
  await createSessions({ ...options, ttl: "1h" }).close();
});
