import type { ClearOptions, RecordPoint, RecordWrite, WriteOptions } from "../store.ts";
import type { Argument } from "./link.ts";
import { encodeName } from "./names.ts";

/** The arguments of the scripts. Each script says what they mean. */
export function readArguments(state: string, since: RecordPoint | undefined): Argument[] {
  const name = encodeName(state);
  return since === undefined ? [name] : [name, String(since.epoch), String(since.version)];
}

export function writeArguments(
  writes: readonly RecordWrite[],
  { commitId, expiresAt, maxBytes }: WriteOptions,
  channel: string,
): Argument[] {
  const args: Argument[] = [
    commitId,
    whole(expiresAt),
    maxBytes === undefined ? "" : String(maxBytes),
    channel,
    String(writes.length),
  ];
  for (const write of writes) {
    const remove = write.remove ?? [];
    args.push(encodeName(write.state), headOf(write, remove.length));
    for (const [name, bytes] of write.set) args.push(encodeName(name), bufferOf(bytes));
    for (const name of remove) args.push(encodeName(name));
  }
  return args;
}

function headOf({ epoch, base, schema, expiresAt, set }: RecordWrite, removes: number): string {
  const words = [
    epoch,
    base === "absent" ? "a" : (base ?? "-"),
    schema ?? "-",
    expiresAt === undefined ? "-" : whole(expiresAt),
    set.size,
    removes,
  ];
  return words.join(" ");
}

export function clearArguments(
  { commitId, state, until, ifVersion }: ClearOptions,
  channel: string,
): Argument[] {
  return [
    commitId,
    state === undefined ? "owner" : "record",
    encodeName(state ?? ""),
    whole(until),
    ifVersion === undefined ? "" : String(ifVersion),
    channel,
  ];
}

/** Redis takes whole milliseconds only. */
export function whole(milliseconds: number): string {
  return String(Math.ceil(milliseconds));
}

/** The same bytes as a Buffer, which is all that the clients take. */
function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
