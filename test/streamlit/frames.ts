import type { Page } from "playwright-core";

/**
 * Begins to write down, in each document that the page loads from now on, every `name: value` line
 * that it ever held.
 */
export async function recordFrames(page: Page): Promise<void> {
  await page.addInitScript({ content: RECORDER });
}

/**
 * What the present document has shown under the name, from its first byte on, in order, each change
 * once.
 */
export async function framesOf(page: Page, name: string): Promise<readonly string[]> {
  const lines = await page.evaluate<string[]>("window.recordedLines");
  return lines
    .filter((line) => line.startsWith(`${name}: `))
    .map((line) => line.slice(name.length + 2));
}

// Each mutation is read before the browser can paint it, and each frame too.
const RECORDER = `
  window.recordedLines = [];
  const last = new Map();
  const look = () => {
    for (const element of document.querySelectorAll('[data-testid="stText"]')) {
      const line = element.textContent;
      const name = line.split(": ")[0];
      if (line === "" || last.get(name) === line) continue;
      last.set(name, line);
      window.recordedLines.push(line);
    }
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
  const eachFrame = () => { look(); requestAnimationFrame(eachFrame); };
  eachFrame();
`;
