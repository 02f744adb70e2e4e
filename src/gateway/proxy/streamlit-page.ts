import { opaqueTag } from "./headers.ts";

/**
 * How far into an answer Streamlit's own script is looked for, in bytes. Its page has it within the
 * first 4 KiB.
 */
const MAX_HEAD = 64 * 1024;
/**
 * A longer page is not Streamlit's, in bytes: the page that it ships has 8 KiB, and some apps add a
 * script to it.
 */
export const MAX_PAGE = 1024 * 1024;

/** What a page may begin with, once comments and space are left out. */
const BEGINS = ["<!doctype html", "<html", "<head"] as const;
const SCRIPT =
  /<script\s[^>]{0,300}\bsrc=["']?(?:[^"'\s>]{0,300}\/)?static\/js\/index\.[\w-]{1,40}\.js["'?\s>]/i;
const ROOT = /<div\s[^>]{0,300}\bid=["']?root["'\s>]/i;

/**
 * Whether a text is the page that Streamlit ships (`static/index.html`), which loads the whole
 * frontend: `page`, `other`, or `unknown` while too little of it is there. Its type says nothing:
 * the app's own routes answer with HTML too. What tells it apart is the module that it loads from
 * its own assets in its head, and the element that this module fills.
 *
 * @param ended - whether the text is whole
 */
export function recognizePage(text: string, ended: boolean): "page" | "other" | "unknown" {
  if (text.length > MAX_PAGE) return "other";
  const head = readHead(text);
  if (head === "other") return "other";
  if (head === "unknown") return ended || text.length > MAX_HEAD ? "other" : "unknown";
  if (!ended) return "unknown";
  return ROOT.test(text) ? "page" : "other";
}

/** Looks for Streamlit's module up to the end of the head. */
function readHead(text: string): "streamlit" | "other" | "unknown" {
  let hasBegun = false;
  for (let at = 0; at < Math.min(text.length, MAX_HEAD);) {
    const tag = text.indexOf("<", at);
    const before = text.slice(at, tag < 0 ? undefined : tag);
    if (!hasBegun && before.replace("\uFEFF", "").trim() !== "") return "other";
    if (tag < 0) return "unknown";
    if ("<!--".startsWith(text.slice(tag, tag + 4)) && text.length < tag + 4) return "unknown";
    if (text.startsWith("<!--", tag)) {
      const end = text.indexOf("-->", tag + 4);
      if (end < 0) return "unknown";
      at = end + 3;
      continue;
    }
    const end = text.indexOf(">", tag);
    if (!hasBegun) {
      const start = text.slice(tag, tag + 16).toLowerCase();
      if (!BEGINS.some((begin) => start.startsWith(begin.slice(0, start.length)))) return "other";
      hasBegun = true;
    }
    if (end < 0) return "unknown";
    const element = text.slice(tag, end + 1);
    if (SCRIPT.test(element)) return "streamlit";
    if (/^<(?:\/head|body)[\s>]/i.test(element)) return "other";
    at = end + 1;
  }
  return "unknown";
}

/**
 * Which paths gave Streamlit's page, and what marks it: enough to know the page by its validators
 * alone.
 */
export class KnownPages {
  readonly #start: () => string;
  #seenStart = "";
  /** In the order of their last use. */
  #paths = new Set<string>();
  #tags = new Set<string>();

  /** @param start - names the running Streamlit: another one may have another page */
  constructor(start: () => string) {
    this.#start = start;
  }

  learn(path: string, tag: string | undefined): void {
    this.#refresh();
    if (path.length <= MAX_PATH) remember(this.#paths, path, MAX_PATHS);
    if (tag !== undefined) remember(this.#tags, opaqueTag(tag), MAX_TAGS);
  }

  forget(path: string): void {
    this.#paths.delete(path);
  }

  hasPath(path: string): boolean {
    this.#refresh();
    return this.#paths.has(path);
  }

  /** Whether a list of entity tags, as `If-None-Match` has it, holds one of Streamlit's page. */
  hasTag(list: string | undefined): boolean {
    this.#refresh();
    if (list === undefined || this.#tags.size === 0) return false;
    return list.split(",").some((tag) => this.#tags.has(opaqueTag(tag)));
  }

  /** Whether this Streamlit's page has been seen with a tag. */
  get isKnown(): boolean {
    this.#refresh();
    return this.#tags.size > 0;
  }

  #refresh(): void {
    const start = this.#start();
    if (start === this.#seenStart) return;
    this.#seenStart = start;
    this.#paths = new Set();
    this.#tags = new Set();
  }
}

const MAX_PATHS = 1000;
const MAX_PATH = 256;
const MAX_TAGS = 16;

function remember(set: Set<string>, value: string, most: number): void {
  set.delete(value);
  set.add(value);
  for (const oldest of set) {
    if (set.size <= most) return;
    set.delete(oldest);
  }
}
