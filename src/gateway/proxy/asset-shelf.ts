import type { OutgoingHttpHeaders } from "node:http";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

/** A file that never changes, compressed. */
export interface Asset {
  readonly headers: OutgoingHttpHeaders;
  readonly gzip: Buffer;
  /** Made in the background. */
  br?: Buffer;
}

export interface PlainAsset {
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

const MAX_BYTES = 64 * 1024 * 1024;
/** How much plain text may wait for the better compression. */
const MAX_WAITING = 64 * 1024 * 1024;
/** Of 11. The last two steps take ten times as long for five percent. */
const QUALITY = 9;

const toGzip = promisify(gzip);
const toBrotli = promisify(brotliCompress);

/** Keeps compressed assets, each compressed once however many ask for it at a time; those not asked for longest go first. */
export class AssetShelf {
  /** In the order of their last use. */
  #assets = new Map<string, Asset>();
  #coming = new Map<string, Promise<Asset | undefined>>();
  #bytes = 0;
  #waitingBytes = 0;
  #work: Promise<void> = Promise.resolve();

  /** @param load - gives the plain asset, or nothing for what is not to be kept */
  get(url: string, load: () => Promise<PlainAsset | undefined>): Promise<Asset | undefined> {
    const known = this.#assets.get(url);
    if (known !== undefined) {
      this.#assets.delete(url);
      this.#assets.set(url, known);
      return Promise.resolve(known);
    }
    const coming = this.#coming.get(url);
    if (coming !== undefined) return coming;
    const assets = this.#assets;
    const made = this.#make(load)
      .then((asset) => {
        // Unless everything was forgotten in the meantime.
        if (asset !== undefined && assets === this.#assets) this.#put(url, asset);
        return asset;
      })
      .finally(() => {
        if (this.#coming.get(url) === made) this.#coming.delete(url);
      });
    this.#coming.set(url, made);
    return made;
  }

  clear(): void {
    this.#assets = new Map();
    this.#coming = new Map();
    this.#bytes = 0;
  }

  async #make(load: () => Promise<PlainAsset | undefined>): Promise<Asset | undefined> {
    const plain = await load();
    if (plain === undefined) return undefined;
    const headers = withWeakTag(plain.headers);
    const asset: Asset = { headers, gzip: await toGzip(plain.body) };
    if (this.#waitingBytes + plain.body.length <= MAX_WAITING)
      this.#work = this.#improve(asset, plain.body, this.#work);
    return asset;
  }

  /** One after the other, so that visitors and other work have the rest of the machine. */
  async #improve(asset: Asset, body: Buffer, before: Promise<void>): Promise<void> {
    const assets = this.#assets;
    this.#waitingBytes += body.length;
    await before;
    // Whoever waits for an asset comes first.
    while (this.#coming.size > 0) await Promise.allSettled(this.#coming.values());
    try {
      if (assets !== this.#assets) return;
      const params = {
        [constants.BROTLI_PARAM_QUALITY]: QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: body.length,
      };
      const better = await toBrotli(body, { params });
      if (better.length >= asset.gzip.length || assets !== this.#assets) return;
      asset.br = better;
      if ([...assets.values()].includes(asset)) this.#grow(better.length);
    } catch {
      // It stays as gzip made it.
    } finally {
      this.#waitingBytes -= body.length;
    }
  }

  #put(url: string, asset: Asset): void {
    this.#assets.set(url, asset);
    this.#grow(sizeOf(asset));
  }

  #grow(bytes: number): void {
    this.#bytes += bytes;
    for (const [url, asset] of this.#assets) {
      if (this.#bytes <= MAX_BYTES) return;
      this.#assets.delete(url);
      this.#bytes -= sizeOf(asset);
    }
  }
}

function sizeOf(asset: Asset): number {
  return asset.gzip.length + (asset.br?.length ?? 0);
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
