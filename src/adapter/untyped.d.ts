// The parts of frameworks that their adapters use. They bring types of their own, but are no
// dependency of this package.

declare module "next/headers.js" {
  export function cookies(): Promise<{
    get(name: string): { readonly value: string } | undefined;
    set(name: string, value: string, attributes: object): unknown;
  }>;
  export function headers(): Promise<{ get(name: string): string | null }>;
}

declare module "next/cache.js" {
  export const refresh: (() => void) | undefined;
  export function revalidateTag(tag: string): void;
}

declare module "@nestjs/common" {
  export interface ExecutionContextLike {
    getType(): string;
    switchToHttp(): { getResponse(): object };
  }
  export function Module(metadata: object): (target: object) => void;
  export function Catch(...types: unknown[]): (target: object) => void;
  export function Inject(token: unknown): (prototype: object, property: string) => void;
  export class InternalServerErrorException extends Error {
    constructor(body: object, options: { cause: unknown });
  }
}

declare module "@nestjs/core" {
  export interface ExceptionHostLike {
    getType(): string;
  }
  export const APP_FILTER: string;
  export const APP_INTERCEPTOR: string;
  export class HttpAdapterHost {
    readonly httpAdapter: unknown;
  }
  export class BaseExceptionFilter {
    constructor(httpAdapter: unknown);
    catch(error: unknown, host: ExceptionHostLike): unknown;
  }
}

declare module "rxjs" {
  export interface ObservableLike {
    pipe(operator: unknown): ObservableLike;
  }
  export function throwError(make: () => unknown): ObservableLike;
  export function mergeMap(project: (value: unknown) => Promise<unknown>): unknown;
}
