import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Answer } from "./ask.ts";
import { wholeBody } from "./decode.ts";
import { passOn, writeHead } from "./pass-on.ts";

type Config = Record<string, unknown>;

const MAX_BYTES = 1024 * 1024;

/**
 * Passes Streamlit's host-config on with a change. Anything but a JSON object passes unchanged.
 *
 * @throws {UpstreamFailure} if it breaks off
 */
export async function passOnHostConfig(
  answer: Answer,
  to: ServerResponse,
  headers: OutgoingHttpHeaders,
  change: (config: Config) => Config,
): Promise<void> {
  const { response } = answer;
  if (response.statusCode !== 200) {
    passOn(answer, to, headers);
    return;
  }
  const body = await wholeBody(response, MAX_BYTES);
  const config = parsed(body);
  const text = config === undefined ? body : JSON.stringify(change(config));
  for (const name of ["content-encoding", "etag", "last-modified", "trailer"]) delete headers[name];
  headers["content-length"] = Buffer.byteLength(text);
  writeHead(answer, to, headers);
  to.end(text);
}

function parsed(body: Buffer): Config | undefined {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Config)
      : undefined;
  } catch {
    return undefined;
  }
}
