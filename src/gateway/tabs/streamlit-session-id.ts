/**
 * Finds Streamlit's session id in a message to the page:
 * `ForwardMsg.new_session (4) → initialize (1) → session_id (6)`, as protobuf
 * (https://protobuf.dev/programming-guides/encoding). It must be parsed: another UUID, that of the
 * installation, comes earlier in the bytes, under the same number of another message.
 */
export function streamlitSessionId(message: Uint8Array): string | undefined {
  const newSession = field(message, 4);
  const initialize = newSession && field(newSession, 1);
  const id = initialize && field(initialize, 6);
  if (id === undefined || id.length > MAX_LENGTH) return undefined;
  const text = Buffer.from(id.buffer, id.byteOffset, id.length).toString("latin1");
  return ID.test(text) ? text : undefined;
}

const MAX_LENGTH = 64;
// The id becomes an entry of Sec-WebSocket-Protocol, so only characters that cannot end an entry
// are allowed.
const ID = /^[A-Za-z0-9_-]+$/;
/**
 * A message of Streamlit has some twenty fields. A message with more than this is not the right
 * one.
 */
const MAX_FIELDS = 200;

/**
 * The first length-delimited field of that number; undefined if there is none or the bytes are not
 * a protobuf message.
 */
function field(message: Uint8Array, wanted: number): Uint8Array | undefined {
  const at = { offset: 0 };
  for (let count = 0; count < MAX_FIELDS && at.offset < message.length; count++) {
    const key = varint(message, at);
    if (key === undefined) return undefined;
    const number = Math.floor(key / 8);
    switch (key % 8) {
      case 0:
        if (varint(message, at) === undefined) return undefined;
        break;
      case 1:
        at.offset += 8;
        break;
      case 2: {
        const length = varint(message, at);
        if (length === undefined || length > message.length - at.offset) return undefined;
        if (number === wanted) return message.subarray(at.offset, at.offset + length);
        at.offset += length;
        break;
      }
      case 5:
        at.offset += 4;
        break;
      default:
        return undefined;
    }
  }
  return undefined;
}

/**
 * Reads a number of up to ten bytes. Inexact beyond 2^53, which no length and no field number here
 * reaches.
 */
function varint(message: Uint8Array, at: { offset: number }): number | undefined {
  let value = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    const byte = message[at.offset++];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return value;
  }
  return undefined;
}
