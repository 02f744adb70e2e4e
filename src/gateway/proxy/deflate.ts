import { constants, inflateRawSync } from "node:zlib";

const NAME = "permessage-deflate";
/** The longest offer that is passed on, in characters; a browser's has about 50. */
const MAX_OFFER = 1024;
/** What deflate may refer back to, in bytes. */
const WINDOW = 32 * 1024;
/** What a sender leaves off at the end of each message (RFC 7692, 7.2.1). */
const TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff]);
/** What a server may answer. */
const PARAMETERS: ReadonlySet<string> = new Set([
  "server_no_context_takeover",
  "client_no_context_takeover",
  "server_max_window_bits",
  "client_max_window_bits",
]);

/**
 * Of the extensions that a page offers, the one whose messages can be read here; undefined for
 * none.
 */
export function readableOffer(
  offered: number | string | readonly string[] | undefined,
): string | undefined {
  const text = Array.isArray(offered) ? offered.join(", ") : String(offered ?? "");
  if (text.length > MAX_OFFER) return undefined;
  const kept = text.split(",").filter((entry) => partsOf(entry)[0] === NAME);
  return kept.length === 0 ? undefined : kept.map((entry) => entry.trim()).join(", ");
}

/**
 * What reads the messages of one side after a server accepted these extensions; undefined if it
 * accepted none, or one that is not known here.
 *
 * @param maxMessage - the longest message that is read, in bytes
 * @param sender - whose messages are read
 */
export function inflaterFor(
  accepted: string | undefined,
  maxMessage: number,
  sender: "server" | "client" = "server",
): MessageInflater | undefined {
  const [name, ...parameters] = partsOf(accepted ?? "");
  const names = parameters.map((parameter) => (parameter.split("=")[0] ?? "").trim());
  if (name !== NAME || accepted?.includes(",") === true) return undefined;
  if (!names.every((parameter) => PARAMETERS.has(parameter))) return undefined;
  return new MessageInflater(!names.includes(`${sender}_no_context_takeover`), maxMessage);
}

function partsOf(entry: string): string[] {
  return entry.split(";").map((part) => part.trim().toLowerCase());
}

/**
 * Inflates the compressed messages of one direction of a WebSocket. A message may refer to earlier
 * ones, so all must pass through here, in order; after one that could not be read, no later one can
 * be.
 */
export class MessageInflater {
  readonly #takesOver: boolean;
  readonly #maxMessage: number;
  /** The last bytes of the messages so far. */
  #window: Buffer = Buffer.alloc(0);
  #isLost = false;

  constructor(takesOver: boolean, maxMessage: number) {
    this.#takesOver = takesOver;
    this.#maxMessage = maxMessage;
  }

  /** Whether no later message can be read. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /**
   * @returns the message; undefined for one that is too long or damaged. Never makes more of it
   * than the longest message has bytes.
   */
  inflate(payload: Buffer): Buffer | undefined {
    if (this.#isLost) return undefined;
    try {
      const message = inflateRawSync(Buffer.concat([payload, TAIL]), {
        // Each message ends where the next goes on, not where deflate ends.
        finishFlush: constants.Z_SYNC_FLUSH,
        maxOutputLength: this.#maxMessage,
        ...(this.#window.length > 0 && { dictionary: this.#window }),
      });
      if (this.#takesOver) this.#remember(message);
      return message;
    } catch {
      this.skip();
      return undefined;
    }
  }

  /** A compressed message went by unread. */
  skip(): void {
    if (!this.#takesOver) return;
    this.#isLost = true;
    this.#window = Buffer.alloc(0);
  }

  #remember(message: Buffer): void {
    const last = message.subarray(-WINDOW);
    const before = this.#window.subarray(Math.max(0, this.#window.length + last.length - WINDOW));
    // A copy, so that a long message is not kept for its end.
    this.#window = Buffer.concat([before, last]);
  }
}
