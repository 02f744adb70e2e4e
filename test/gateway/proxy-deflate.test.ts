import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { constants, createDeflateRaw, deflateRawSync, type DeflateRaw } from "node:zlib";
import fc from "fast-check";
import { inflaterFor, MessageInflater, readableOffer } from "../../src/gateway/proxy/deflate.ts";
import { FrameReader, MAX_MESSAGE } from "../../src/gateway/proxy/frames.ts";

const OFFER = "permessage-deflate";

/** Compresses messages as a server does: one after the other, with one window. */
class Deflater {
  readonly #stream: DeflateRaw = createDeflateRaw();

  async deflate(message: Buffer): Promise<Buffer> {
    const pieces: Buffer[] = [];
    const take = (piece: Buffer): void => void pieces.push(piece);
    this.#stream.on("data", take);
    this.#stream.write(message);
    await new Promise<void>((resolve) =>
      this.#stream.flush(constants.Z_SYNC_FLUSH, () => resolve()),
    );
    this.#stream.off("data", take);
    const all = Buffer.concat(pieces);
    return all.subarray(0, all.length - 4);
  }
}

/** One compressed frame of a server. */
function frame(payload: Buffer, first = 0xc2): Buffer {
  const header = Buffer.alloc(10);
  header[0] = first;
  header[1] = 127;
  header.writeBigUInt64BE(BigInt(payload.length), 2);
  return Buffer.concat([header, payload]);
}

describe("MessageInflater", () => {
  test("reads every message of one window", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.uint8Array({ maxLength: 50 }), fc.nat(40_000)), { maxLength: 12 }),
        async (messages) => {
          const deflater = new Deflater();
          const inflater = new MessageInflater(true, MAX_MESSAGE);
          const noise = randomBytes(40_000);
          for (const it of messages) {
            // Cut from the same bytes, so that messages refer to those before.
            const message = typeof it === "number" ? noise.subarray(0, it) : Buffer.from(it);
            const read = inflater.inflate(await deflater.deflate(message));
            assert.ok(read?.equals(message));
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  test("refers to what came 32 KiB ago, and not beyond", async () => {
    const deflater = new Deflater();
    const inflater = new MessageInflater(true, MAX_MESSAGE);
    const noise = randomBytes(300);
    for (const filler of [0, 100, 32_000, 32_467, 32_468, 100_000]) {
      for (const message of [noise, randomBytes(filler), noise])
        assert.ok(inflater.inflate(await deflater.deflate(message))?.equals(message));
    }
  });

  test("reads messages with windows of their own", () => {
    const inflater = new MessageInflater(false, MAX_MESSAGE);
    for (const text of ["one", "", "two".repeat(10_000)]) {
      const payload = deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
      assert.equal(inflater.inflate(payload)?.toString(), text);
    }
  });

  test("reads a message that deflate has ended, and an empty one", () => {
    const inflater = new MessageInflater(true, MAX_MESSAGE);
    assert.equal(
      inflater.inflate(Buffer.concat([deflateRawSync("one"), Buffer.alloc(1)]))?.toString(),
      "one",
    );
    assert.equal(inflater.inflate(Buffer.from([0]))?.length, 0);
    assert.equal(inflater.inflate(Buffer.alloc(0))?.length, 0);
  });

  test("makes no more of a message than its limit, and reads no more after it", () => {
    const bomb = deflateRawSync(Buffer.alloc(256 << 20), { finishFlush: constants.Z_SYNC_FLUSH });
    assert.ok(bomb.length < 1 << 20);
    const before = process.memoryUsage().rss;
    const inflater = new MessageInflater(true, MAX_MESSAGE);
    for (let i = 0; i < 20; i++) assert.equal(inflater.inflate(bomb.subarray(0, -4)), undefined);
    assert.ok(inflater.isLost);
    assert.ok(process.memoryUsage().rss - before < 64 << 20);
  });

  test("reads on after a bomb when each message has a window of its own", () => {
    const inflater = new MessageInflater(false, 1000);
    assert.equal(inflater.inflate(deflateRawSync(Buffer.alloc(1001))), undefined);
    assert.equal(inflater.inflate(deflateRawSync(Buffer.alloc(1000)))?.length, 1000);
  });

  test("never throws, whatever comes", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), (payloads) => {
        const inflater = new MessageInflater(true, 1000);
        for (const payload of payloads) inflater.inflate(Buffer.from(payload));
      }),
    );
  });
});

describe("FrameReader with compressed messages", () => {
  function reading(takesOver = true): { reader: FrameReader; heard: string[] } {
    const heard: string[] = [];
    const inflater = new MessageInflater(takesOver, MAX_MESSAGE);
    const reader = new FrameReader((bytes) => heard.push(bytes.toString()) > 0, inflater);
    return { reader, heard };
  }

  test("reads a message in fragments, with uncompressed ones in between", async () => {
    const deflater = new Deflater();
    const { reader, heard } = reading();
    for (const text of ["a message of some length", "a message of some length, again"]) {
      const payload = await deflater.deflate(Buffer.from(text));
      reader.push(frame(payload.subarray(0, 5), 0x42));
      assert.ok(!reader.betweenMessages);
      reader.push(frame(Buffer.from("ping"), 0x89));
      reader.push(frame(payload.subarray(5, 6), 0x00));
      reader.push(frame(payload.subarray(6), 0x80));
      reader.push(frame(Buffer.from("plain"), 0x82));
    }
    const texts = ["a message of some length", "plain", "a message of some length, again", "plain"];
    assert.deepEqual(heard, texts);
    assert.ok(reader.betweenMessages);
  });

  for (const [what, bad] of [
    ["is damaged", frame(Buffer.from([0xff, 0xff, 0xff]))],
    ["is longer than 4 MiB", frame(deflateRawSync(Buffer.alloc(MAX_MESSAGE + 1)))],
    ["is longer than 4 MiB as it comes", frame(randomBytes(MAX_MESSAGE + 1))],
  ] as const)
    test(`hands nothing out after a message that ${what}, and still says where messages end`, async () => {
      const deflater = new Deflater();
      const { reader, heard } = reading();
      reader.push(frame(await deflater.deflate(Buffer.from("one"))));
      assert.equal(reader.push(bad), bad.length);
      const next = frame(await deflater.deflate(Buffer.from("two")));
      assert.equal(reader.push(next), next.length);
      assert.deepEqual(heard, ["one"]);
      assert.ok(reader.betweenMessages);
      const alone = reading(false);
      alone.reader.push(bad);
      alone.reader.push(frame(deflateRawSync("two")));
      assert.deepEqual(alone.heard, ["two"]);
    });

  test("hands out nothing that is marked compressed when that was not agreed upon", () => {
    const heard: string[] = [];
    const reader = new FrameReader((bytes) => heard.push(bytes.toString()) > 0);
    reader.push(frame(deflateRawSync("one")));
    reader.push(frame(Buffer.from("reserved"), 0xa2));
    reader.push(frame(Buffer.from("two"), 0x82));
    assert.deepEqual(heard, ["two"]);
  });
});

describe("the agreement", () => {
  const offers: [string | string[] | undefined, string | undefined][] = [
    [undefined, undefined],
    ["", undefined],
    [OFFER, OFFER],
    [`${OFFER}; client_max_window_bits`, `${OFFER}; client_max_window_bits`],
    [
      `x-webkit-deflate-frame, ${OFFER};server_no_context_takeover`,
      `${OFFER};server_no_context_takeover`,
    ],
    [["foo; bar=1", "Permessage-Deflate"], "Permessage-Deflate"],
    [
      `${OFFER}; server_max_window_bits=10, ${OFFER}`,
      `${OFFER}; server_max_window_bits=10, ${OFFER}`,
    ],
    ["permessage-deflate-2", undefined],
    [`${OFFER}; ${"a".repeat(2000)}`, undefined],
  ];
  for (const [offered, kept] of offers)
    test(`readableOffer() keeps ${kept} of ${String(offered).slice(0, 60)}`, () => {
      assert.equal(readableOffer(offered), kept);
    });

  for (const accepted of [
    OFFER,
    `${OFFER}; server_max_window_bits=12; client_max_window_bits=12`,
    `${OFFER};server_no_context_takeover`,
  ])
    test(`inflaterFor() reads ${accepted}`, () => {
      assert.ok(inflaterFor(accepted, 10) instanceof MessageInflater);
    });

  for (const accepted of [
    undefined,
    "",
    "x",
    `${OFFER}; level=3`,
    `${OFFER}, x`,
    `${OFFER}, ${OFFER}`,
  ])
    test(`inflaterFor() reads nothing of ${accepted}`, () => {
      assert.equal(inflaterFor(accepted, 10), undefined);
    });
});
