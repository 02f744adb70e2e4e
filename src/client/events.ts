/** One server-sent event. */
export interface ServerEvent {
  readonly name: string;
  readonly id?: string | undefined;
  readonly data: string;
}

/** Called with each event, and with undefined for a sign of life. */
export type EventListener = (event: ServerEvent | undefined) => void;

/**
 * Reads the events of an answer until it ends. We do not use EventSource because it exposes neither
 * the status of a refused request nor heartbeats. The form is that of
 * https://html.spec.whatwg.org/multipage/server-sent-events.html, as our server writes it.
 */
export async function readEvents(
  body: ReadableStream<Uint8Array>,
  listener: EventListener,
): Promise<void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += decoder.decode(value, { stream: true });
    const blocks = text.split("\n\n");
    text = blocks.pop() as string;
    for (const block of blocks) listener(parse(block));
  }
}

function parse(block: string): ServerEvent | undefined {
  const fields: Partial<Record<string, string>> = {};
  for (const line of block.split("\n")) {
    const at = line.indexOf(":");
    if (at > 0) fields[line.slice(0, at)] = line.slice(at + 1).trimStart();
  }
  const { event: name, id, data = "" } = fields;
  return name ? { name, id, data } : undefined;
}
