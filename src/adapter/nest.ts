import type { IncomingMessage, ServerResponse } from "node:http";
import {
  Catch,
  type ExecutionContextLike,
  Inject,
  InternalServerErrorException,
  Module,
} from "@nestjs/common";
import {
  APP_FILTER,
  APP_INTERCEPTOR,
  BaseExceptionFilter,
  type ExceptionHostLike,
  HttpAdapterHost,
} from "@nestjs/core";
import { mergeMap, type ObservableLike, throwError } from "rxjs";
import { PersistError } from "../errors.ts";
import { hiddenSlot } from "../hidden-slot.ts";
import { type GivenOptions, Sessions, type SessionsOptions } from "../sessions/index.ts";
import {
  asyncOptions,
  closeMade,
  givenOptions,
  type PersistSessionModuleAsyncOptions,
  type PersistSessionModuleOptions,
  type PersistSessionOptionsFactory,
  sessionsProviders,
} from "./nest-options.ts";
import { answerPlainly, attach, type HeldResponse } from "./node/index.ts";

export { Sessions, type SessionsOptions };
export type {
  PersistSessionModuleAsyncOptions,
  PersistSessionModuleOptions,
  PersistSessionOptionsFactory,
};

/** The part of Nest's `DynamicModule` that `forRoot()` and `forRootAsync()` give. */
export interface PersistSessionDynamicModule {
  /** The module's class. */
  readonly module: new () => object;
  /** Whether every module may inject what it exports: true. */
  readonly global: boolean;
  /** The modules that make the options need. */
  // oxlint-disable-next-line typescript/no-explicit-any -- Nest's own types, which are no dependency of this package
  readonly imports: any[];
  /** `Sessions`, an interceptor that commits before an answer, and a filter for failures. */
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  readonly providers: any[];
  /** What other modules may inject: `Sessions`. */
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  readonly exports: any[];
}

interface Consumer {
  apply(middleware: unknown): { forRoutes(path: string): unknown };
}

const held = hiddenSlot<Pick<HeldResponse, "commitFirst">>();

/**
 * Sessions for Nest, on Express and on Fastify: `imports: [PersistSessionModule.forRoot()]` in the
 * app's module. `restore` works in guards, pipes, interceptors, controllers and what they call. The
 * commit is done before Nest begins its answer.
 *
 * @example
 * ```ts
 * import { PersistSessionModule } from "persist-session/nest";
 *
 * // For the imports of the app's module: @Module({ imports })
 * export const imports = [PersistSessionModule.forRoot({ ttl: "7d" })];
 * ```
 */
// oxlint-disable-next-line typescript/no-extraneous-class -- Nest's own form of a module
export class PersistSessionModule {
  /**
   * A global module, which also provides `Sessions`. If no filter of the app handles a
   * `PersistError`, it becomes Nest's `InternalServerErrorException`, with our code as `code`. The
   * sessions are closed with the app if they were made here.
   *
   * @param options - those of `createSessions`, or `Sessions`. `identify` gets Express's request,
   *   or Node's under Fastify
   * @throws PersistError while the app starts: `ERR_OPTION_INVALID`, `ERR_STORE_URL`,
   * `ERR_SECRET_…`
   */
  static forRoot<U extends string = string>(
    options?: GivenOptions<IncomingMessage, U> | Sessions,
  ): PersistSessionDynamicModule {
    return moduleOf(givenOptions(options));
  }

  /**
   * The same, with options that providers of the app make while it starts: by `useFactory` with
   * `inject`, or by a class with `createPersistSessionOptions()` (`useClass`, `useExisting`). If
   * they throw, or if `createSessions` refuses the options, the start fails.
   *
   * @param options - one of `useFactory`, `useClass` and `useExisting`, and what they need
   * @throws PersistError `ERR_OPTION_INVALID` if there is none of them, or several
   */
  static forRootAsync<U extends string = string>(
    options: PersistSessionModuleAsyncOptions<U>,
  ): PersistSessionDynamicModule {
    const asked = options as PersistSessionModuleAsyncOptions;
    const { options: provider, own } = asyncOptions(asked);
    return moduleOf(provider, asked.imports, own);
  }
}

function moduleOf(
  options: Parameters<typeof sessionsProviders>[0],
  imports: readonly unknown[] = [],
  own: readonly object[] = [],
): PersistSessionDynamicModule {
  return {
    module: Configured,
    global: true,
    imports: [...imports],
    providers: [
      ...own,
      ...sessionsProviders(options),
      { provide: APP_INTERCEPTOR, useValue: { intercept } },
      {
        provide: APP_FILTER,
        inject: [HttpAdapterHost, Sessions],
        useFactory: ({ httpAdapter }: HttpAdapterHost, sessions: Sessions) =>
          new PersistErrorFilter(httpAdapter, sessions),
      },
    ],
    exports: [Sessions],
  };
}

/** What Nest makes of the module in each app: it adds the middleware, and closes the sessions. */
class Configured extends PersistSessionModule {
  /** Nest sets it before it calls a method. */
  declare readonly sessions: Sessions;

  configure(consumer: Consumer): void {
    consumer.apply(middlewareFor(this.sessions)).forRoutes("{*path}");
  }

  async onApplicationShutdown(): Promise<void> {
    await closeMade(this.sessions);
  }
}
Object.defineProperty(Configured, "name", { value: PersistSessionModule.name });
Module({})(Configured);
Inject(Sessions)(Configured.prototype, "sessions");

function middlewareFor(sessions: Sessions) {
  return (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    const made = attach(sessions, request, response, (error) => {
      sessions.report(error);
      answerPlainly(response, error);
    });
    held.set(response, made.held);
    made.scope.enter(next);
  };
}

/**
 * Commits after the handler and before Nest begins its answer, so a failure is an ordinary
 * exception.
 */
function intercept(
  context: ExecutionContextLike,
  next: { handle(): ObservableLike },
): ObservableLike {
  if (context.getType() !== "http") return next.handle();
  const response = context.switchToHttp().getResponse();
  const commit = held.get((response as { raw?: object }).raw ?? response);
  return next.handle().pipe(
    mergeMap(async (value) => {
      await commit?.commitFirst();
      return value;
    }),
  );
}

class PersistErrorFilter extends BaseExceptionFilter {
  readonly #sessions: Sessions;

  constructor(httpAdapter: unknown, sessions: Sessions) {
    super(httpAdapter);
    this.#sessions = sessions;
  }

  override catch(error: PersistError, host: ExceptionHostLike): unknown {
    // Nest writes no log of its own exceptions.
    this.#sessions.report(error);
    const { code } = error;
    const kind = host.getType();
    // A handler of messages has no one above it that would catch the error: Nest takes a stream
    // with one, and answers with that.
    if (kind === "rpc")
      return throwError(() => ({ status: "error", message: "Internal server error", code }));
    // GraphQL and others answer errors in their own form, and have no response for Nest to write.
    if (kind !== "http") throw error;
    const body = { statusCode: 500, message: "Internal Server Error", code };
    // oxlint-disable-next-line promise/valid-params, promise/no-promise-in-callback -- no promise
    super.catch(new InternalServerErrorException(body, { cause: error }), host);
    return undefined;
  }
}
Catch(PersistError)(PersistErrorFilter);
