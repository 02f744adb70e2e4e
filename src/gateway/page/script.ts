import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";

/** The page script, ready to be served. */
export interface PageScript {
  readonly text: Buffer;
  readonly gzipped: Buffer;
  /** Part of its address, so browsers can cache it forever. */
  readonly hash: string;
}

const NAME = /^\/static\/js\/persist-session\.[\w-]+\.js$/;

/**
 * Where the page loads the script from, below the base path: beside Streamlit's own scripts,
 * because a Content-Security-Policy that allows these then allows ours too.
 */
export function scriptPath(hash: string): string {
  return `static/js/persist-session.${hash}.js`;
}

/** Whether a path is that of the script, of this version or another. */
export function isScriptPath(path: string): boolean {
  return NAME.test(path) || path === "/_persist/page.js";
}

/**
 * The script that runs in the page, made of the source text of `browser/page.ts`. That file is
 * compiled on its own, with the browser's types; here it is only loaded, never run.
 */
export async function loadPageScript(): Promise<PageScript> {
  const file = import.meta.url.endsWith(".ts") ? "browser/page.ts" : "browser/page.js";
  const { page } = (await import(new URL(file, import.meta.url).href)) as {
    page: (script: unknown) => void;
  };
  // esbuild, which compiles the source if the project runs from it, wraps functions in a helper of
  // this name.
  const text = Buffer.from(`{const __name=(f)=>f;(${page.toString()})(document.currentScript)}\n`);
  const hash = createHash("sha256").update(text).digest("base64url").slice(0, 12);
  return { text, gzipped: gzipSync(text, { level: 9 }), hash };
}
