// As much of frameworks as their adapters need. They bring types of their own, but are no dependency of this package.

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
