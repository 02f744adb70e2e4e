import type { Page } from "playwright-core";

/**
 * Begins to write down, in each document that the page loads from now on, every count, theme and
 * pad that it ever held.
 */
export async function recordFrames(page: Page): Promise<void> {
  await page.addInitScript({ content: RECORDER });
}

/** What the present document has held since its first byte, in order, each change once. */
export async function framesOf(page: Page): Promise<readonly string[]> {
  return await page.evaluate("window.recordedFrames");
}

// While the parser is at work an element may be there without its content: only what a paint could
// show as the element's value counts, so an element is read once something follows it.
const RECORDER = `
  window.recordedFrames = [];
  const look = () => {
    const count = document.querySelector("#count");
    const pad = document.querySelector("#pad");
    const there = (element) => element !== null && (element.nextSibling !== null || document.readyState !== "loading");
    if (!there(count) || !there(pad)) return;
    const frame = [count.textContent, document.documentElement.dataset.theme, pad.value].join(" ");
    if (window.recordedFrames.at(-1) !== frame) window.recordedFrames.push(frame);
  };
  new MutationObserver(look).observe(document, {
    subtree: true, childList: true, characterData: true, attributes: true,
  });
  const eachFrame = () => { look(); requestAnimationFrame(eachFrame); };
  eachFrame();
`;
