import { createHash } from "node:crypto";
import type { OutgoingHttpHeaders } from "node:http";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

/** One content, compressed once, however many addresses give it. */
interface Content {
  readonly digest: string;
  readonly gzip: Buffer;
  /** Made in the background. */
  br?: Buffer;
  /** The keys under which it is requested. */
  readonly keys: Set<string>;
}

/** A file that never changes, as one address gives it. */
export interface Asset {
  readonly headers: OutgoingHttpHeaders;
  readonly content: Readonly<Pick<Content, "gzip" | "br">>;
}

export interface PlainAsset {
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

interface Entry extends Asset {
  readonly content: Content;
}

const MAX_BYTES = 64 * 1024 * 1024;
/** Keys hold the client's Host, so a client can make up any number of them. */
const MAX_KEYS = 4096;
/** How many assets are loaded at a time; each may be some megabytes. */
const MAX_COMING = 32;
/** How much plain text may wait for the better compression. */
const MAX_WAITING = 64 * 1024 * 1024;
/** Of 11. The last two steps take ten times as long for five percent. */
const QUALITY = 9;

const toGzip = promisify(gzip);
const toBrotli = promisify(brotliCompress);

/**
 * Keeps compressed assets. Each content is compressed once, however many ask for it at a time and
 * under however many keys: compressing is expensive, and a client must not be able to cause it
 * again and again. The least recently used are dropped first.
 */
export class AssetShelf {
  /** In the order of their last use. */
  #entries = new Map<string, Entry>();
  #coming = new Map<string, Promise<Asset | undefined>>();
  /** By digest. In the order of their last use, like the entries. */
  readonly #contents = new Map<string, Content>();
  readonly #making = new Map<string, Promise<Content>>();
  #bytes = 0;
  #waitingBytes = 0;
  #work: Promise<void> = Promise.resolve();

  /**
   * @param load - gives the plain asset, or nothing for what is not to be kept
   * @returns nothing also while too many others are being loaded
   */
  get(key: string, load: () => Promise<PlainAsset | undefined>): Promise<Asset | undefined> {
    const known = this.#entries.get(key);
    if (known !== undefined) {
      this.#used(key, known);
      return Promise.resolve(known);
    }
    const coming = this.#coming.get(key);
    if (coming !== undefined) return coming;
    if (this.#coming.size >= MAX_COMING) return Promise.resolve(undefined);
    const made = this.#make(key, load).finally(() => {
      if (this.#coming.get(key) === made) this.#coming.delete(key);
    });
    this.#coming.set(key, made);
    return made;
  }

  /**
   * Forgets what each address gives. The compressed contents stay: after a restart Streamlit mostly
   * serves the same ones, and compressing them again would slow down every returning visitor.
   */
  forgetAddresses(): void {
    this.#entries = new Map();
    this.#coming = new Map();
    for (const { keys } of this.#contents.values()) keys.clear();
  }

  async #make(
    key: string,
    load: () => Promise<PlainAsset | undefined>,
  ): Promise<Asset | undefined> {
    const entries = this.#entries;
    const plain = await load();
    if (plain === undefined) return undefined;
    const content = await this.#contentOf(plain.body);
    const entry: Entry = { headers: withWeakTag(plain.headers), content };
    // Unless the addresses were forgotten in the meantime, or this content had no room.
    if (entries === this.#entries && this.#contents.get(content.digest) === content) {
      content.keys.add(key);
      this.#used(key, entry);
      this.#dropKeys();
    }
    return entry;
  }

  async #contentOf(body: Buffer): Promise<Content> {
    const digest = createHash("sha256").update(body).digest("base64");
    const known = this.#contents.get(digest);
    if (known !== undefined) return known;
    const before = this.#making.get(digest);
    if (before !== undefined) return await before;
    const made = this.#compress(digest, body).finally(() => this.#making.delete(digest));
    this.#making.set(digest, made);
    return await made;
  }

  async #compress(digest: string, body: Buffer): Promise<Content> {
    const content: Content = { digest, gzip: await toGzip(body), keys: new Set() };
    this.#contents.set(digest, content);
    this.#grow(content.gzip.length);
    if (this.#waitingBytes + body.length <= MAX_WAITING)
      this.#work = this.#improve(content, body, this.#work);
    return content;
  }

  /** One after the other, so that visitors and other work have the rest of the machine. */
  async #improve(content: Content, body: Buffer, before: Promise<void>): Promise<void> {
    const isKept = (): boolean => this.#contents.get(content.digest) === content;
    this.#waitingBytes += body.length;
    await before;
    // Clients that wait for an asset come first.
    while (this.#coming.size > 0) await Promise.allSettled(this.#coming.values());
    try {
      if (!isKept()) return;
      const params = {
        [constants.BROTLI_PARAM_QUALITY]: QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: body.length,
      };
      const better = await toBrotli(body, { params });
      if (better.length >= content.gzip.length || !isKept()) return;
      content.br = better;
      this.#grow(better.length);
    } catch {
      // It stays as gzip made it.
    } finally {
      this.#waitingBytes -= body.length;
    }
  }

  #used(key: string, entry: Entry): void {
    const { content } = entry;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    this.#contents.delete(content.digest);
    this.#contents.set(content.digest, content);
  }

  #dropKeys(): void {
    for (const [key, { content }] of this.#entries) {
      if (this.#entries.size <= MAX_KEYS) return;
      this.#entries.delete(key);
      content.keys.delete(key);
    }
  }

  #grow(bytes: number): void {
    this.#bytes += bytes;
    for (const [digest, content] of this.#contents) {
      if (this.#bytes <= MAX_BYTES) return;
      this.#contents.delete(digest);
      for (const key of content.keys) this.#entries.delete(key);
      this.#bytes -= content.gzip.length + (content.br?.length ?? 0);
    }
  }
}

/** The bytes differ by coding, so that the tag says only that the content is the same. */
function withWeakTag(plain: OutgoingHttpHeaders): OutgoingHttpHeaders {
  const headers = { ...plain };
  for (const name of ["content-length", "content-encoding", "accept-ranges", "date", "trailer"])
    delete headers[name];
  const { etag } = headers;
  if (typeof etag === "string" && !etag.startsWith("W/")) headers["etag"] = `W/${etag}`;
  return headers;
}
