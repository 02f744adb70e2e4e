import { Buffer } from "node:buffer";
import { isPersistError } from "../../errors.ts";
import { SEAL_BYTES } from "../../identity/index.ts";
import { decode } from "../../state/index.ts";

/** The beginning and the end of every Arrow file. */
const ARROW_START = Buffer.from("ARROW1\0\0");
const ARROW_END = Buffer.from("ARROW1");
/** Stands for the app's own classes, which this program does not know. */
const ANY_CLASS: ReadonlyMap<string, abstract new (...args: never[]) => object> =
  new (class extends Map<string, abstract new (...args: never[]) => object> {
    override get(): abstract new (...args: never[]) => object {
      return Object;
    }
    override has(): boolean {
      return true;
    }
  })();

/**
 * What is wrong with the bytes of an attribute, if no program can read them; undefined if nothing
 * is. Only the app knows whether its own classes can still use them.
 */
export function damageOf(bytes: Uint8Array): string | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const payload = buffer.subarray(1);
  switch (buffer.toString("latin1", 0, 1)) {
    case "J":
      return damageOfJson(bytes);
    case "B":
      return undefined;
    case "A": {
      const whole =
        payload.subarray(0, ARROW_START.length).equals(ARROW_START) &&
        payload.subarray(-ARROW_END.length).equals(ARROW_END);
      return whole ? undefined : "no Arrow file";
    }
    case "P":
      return payload.length < SEAL_BYTES ? "pickle without a seal" : undefined;
    case "E":
      return "its seal does not hold: it was changed, moved or put back";
    case "":
      return "no bytes at all";
    default:
      return "an unknown format";
  }
}

function damageOfJson(bytes: Uint8Array): string | undefined {
  try {
    decode(bytes, { types: ANY_CLASS, maxBytes: Infinity });
    return undefined;
  } catch (error) {
    if (!isPersistError(error, "ERR_DECODE")) return "cannot be read";
    // Without the head of the message, which names a path in the value, and without the rest, which
    // says what to do.
    return /: ([^.]*)/.exec(error.message)?.[1] ?? "cannot be read";
  }
}
