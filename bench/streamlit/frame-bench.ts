import { PageFrame } from "../../src/gateway/frame/page-frame.ts";
import { lastFrame } from "../../src/gateway/frame/replay.ts";
import { element, finished, newSession } from "../../test/gateway/frame/run-messages.ts";

export interface FrameResult {
  readonly keepMicroseconds: readonly number[];
  readonly replayMicroseconds: readonly number[];
}

const BATCHES = 20;
const ELEMENTS = 50;

/**
 * What keeping a page costs the gateway, in batches of runs of fifty elements of 1 KB: processor
 * time, which other processes do not lengthen.
 */
export function benchFrame(messages: number): FrameResult {
  const keepMicroseconds: number[] = [];
  const replayMicroseconds: number[] = [];
  const texts = Array.from({ length: ELEMENTS }, (_, at) => element([0, at], "x".repeat(1000)));
  const frame = new PageFrame(2 * 1024 * 1024);
  const runs = Math.max(1, Math.floor(messages / ELEMENTS / BATCHES));
  // The first batch is not counted.
  for (let batch = -1; batch < BATCHES; batch++) {
    const started = processorTime();
    for (let run = 0; run < runs; run++) {
      frame.heard(newSession("session", `run ${batch} ${run}`));
      for (const one of texts) frame.heard(one);
      frame.heard(finished(`run ${batch} ${run}`));
    }
    const kept = processorTime();
    for (let run = 0; run < runs; run++) lastFrame(frame);
    const replayed = processorTime();
    if (batch < 0) continue;
    keepMicroseconds.push((kept - started) / runs / ELEMENTS);
    replayMicroseconds.push((replayed - kept) / runs);
  }
  return { keepMicroseconds, replayMicroseconds };
}

/** Of this process, in microseconds. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
