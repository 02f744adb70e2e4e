import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { closeFrame, FrameReader, textFrame } from "../../src/gateway/proxy/frames.ts";

/** One frame as a server sends it. */
function frame(opcode: number, payload: Buffer, fin = true): Buffer {
  const length = payload.length;
  const first = (fin ? 0x80 : 0) | opcode;
  if (length < 126) return Buffer.concat([Buffer.from([first, length]), payload]);
  const header = Buffer.alloc(length < 65_536 ? 4 : 10);
  header[0] = first;
  header[1] = length < 65_536 ? 126 : 127;
  if (length < 65_536) header.writeUInt16BE(length, 2);
  else header.writeUInt32BE(length, 6);
  return Buffer.concat([header, payload]);
}

/** Cuts bytes at the given places. */
function cut(bytes: Buffer, places: number[]): Buffer[] {
  const at = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].toSorted(
    (a, b) => a - b,
  );
  return at.slice(1).map((end, i) => bytes.subarray(at[i], end));
}

const PING = 9;

interface Message {
  readonly binary: boolean;
  readonly fragments: readonly Uint8Array[];
  /** A ping after each fragment. */
  readonly pings: boolean;
}

const messages: fc.Arbitrary<Message[]> = fc.array(
  fc.record({
    binary: fc.boolean(),
    fragments: fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 4 }),
    pings: fc.boolean(),
  }),
  { maxLength: 6 },
);

const cuts = fc.array(fc.nat(), { maxLength: 12 });

function framesOf({ binary, fragments, pings }: Message): Buffer[] {
  return fragments.flatMap((fragment, i) => {
    const opcode = i > 0 ? 0 : binary ? 2 : 1;
    const own = frame(opcode, Buffer.from(fragment), i === fragments.length - 1);
    return pings ? [own, frame(PING, Buffer.from("ping"))] : [own];
  });
}

describe("FrameReader", () => {
  test("FrameReader hands out every message however the bytes are cut", () => {
    fc.assert(
      fc.property(messages, cuts, (sent, places) => {
        const heard: [string, boolean][] = [];
        const reader = new FrameReader((bytes, isBinary) => {
          heard.push([bytes.toString("hex"), isBinary]);
          return true;
        });
        for (const chunk of cut(Buffer.concat(sent.flatMap(framesOf)), places)) reader.push(chunk);
        const expected = sent.map(({ fragments, binary }) => [
          Buffer.concat(fragments).toString("hex"),
          binary,
        ]);
        assert.deepEqual(heard, expected);
        assert.ok(reader.betweenMessages);
      }),
    );
  });

  test("FrameReader names only places between two messages", () => {
    fc.assert(
      fc.property(messages, cuts, (sent, places) => {
        const allowed = new Set<number>();
        let length = 0;
        for (const it of sent) {
          const frames = framesOf(it);
          const whole = it.pings ? frames.length - 2 : frames.length - 1;
          for (const [i, one] of frames.entries()) {
            length += one.length;
            if (i >= whole) allowed.add(length);
          }
        }
        const reader = new FrameReader();
        let before = 0;
        for (const chunk of cut(Buffer.concat(sent.flatMap(framesOf)), places)) {
          const place = reader.push(chunk);
          if (place >= 0) assert.ok(allowed.has(before + place), `${before + place} is within`);
          before += chunk.length;
          assert.equal(reader.betweenMessages, before === 0 || allowed.has(before));
        }
      }),
    );
  });

  for (const size of [0, 125, 126, 65_535, 65_536, 200_000])
    test(`textFrame() is read back when it holds ${size} bytes`, () => {
      const heard: string[] = [];
      const reader = new FrameReader((bytes) => heard.push(bytes.toString()) > 0);
      const bytes = textFrame("x".repeat(size));
      assert.equal(reader.push(bytes), bytes.length);
      assert.deepEqual(heard, ["x".repeat(size)]);
    });

  test("FrameReader stops handing out when it is told that no more is needed", () => {
    let heard = 0;
    const reader = new FrameReader(() => ++heard < 2);
    for (let i = 0; i < 5; i++) reader.push(textFrame("x"));
    assert.equal(heard, 2);
    assert.ok(reader.betweenMessages);
  });

  test("FrameReader passes over a message above 4 MiB, and hands out the next", () => {
    const heard: number[] = [];
    const reader = new FrameReader((bytes) => heard.push(bytes.length) > 0);
    reader.push(frame(2, Buffer.alloc(4 * 1024 * 1024 + 1)));
    reader.push(frame(2, Buffer.alloc(4 * 1024 * 1024)));
    assert.deepEqual(heard, [4 * 1024 * 1024]);
  });

  test("FrameReader names no place after a close frame", () => {
    const reader = new FrameReader();
    assert.equal(reader.push(closeFrame(1001)), -1);
    assert.ok(reader.closing);
  });
});
