// What a page shows, element by element, now and at each moment since it was loaded.
import assert from "node:assert/strict";
import type { Page } from "playwright-core";

/** In the page: the kinds of its elements, their texts, and the values of inputs. */
const PICTURE = `[...document.querySelectorAll('[data-testid="stElementContainer"]')].map((element) => {
  const values = [...element.querySelectorAll("input, textarea")].map((input) =>
    ["checkbox", "radio"].includes(input.type) ? String(input.checked) : input.value,
  );
  const kind = element.querySelector("[data-testid]")?.getAttribute("data-testid") ?? "";
  const text = element.innerText.replaceAll(/\\s+/g, " ");
  return (kind + ": " + text).trim() + (values.length === 0 ? "" : " = " + values.join("|"));
})`;

export async function picture(page: Page): Promise<string[]> {
  return await page.evaluate<string[]>(PICTURE);
}

/** Keeps each frame in which the pages that are loaded from now on differ from the one before. */
export async function recordPictures(page: Page): Promise<void> {
  await page.addInitScript({ content: RECORDER });
}

const RECORDER = `
  window.pictures = [];
  const eachFrame = () => {
    const now = ${PICTURE};
    if (JSON.stringify(now) !== JSON.stringify(window.pictures.at(-1))) window.pictures.push(now);
    requestAnimationFrame(eachFrame);
  };
  eachFrame();
`;

/**
 * Asserts that the present page has never shown anything that it did not show before, but for
 * `allowed`.
 * @returns how many different pictures there were
 */
export async function assertNothingElse(
  page: Page,
  before: readonly string[],
  allowed: (was: string, is: string) => boolean,
): Promise<number> {
  const pictures = await page.evaluate<string[][]>("window.pictures");
  for (const now of pictures) {
    let at = 0;
    for (const is of now.filter((one) => !isPlaceholder(one))) {
      const found = before.findIndex((was, index) => {
        return index >= at && (was === is || isBeforeItsValue(was, is) || allowed(was, is));
      });
      assert.notEqual(found, -1, `the page has shown "${is}" of ${JSON.stringify(now)}`);
      at = found + 1;
    }
  }
  return pictures.length;
}

/** What Streamlit's page shows while it loads the code of an element, or of all of them. */
function isPlaceholder(picture: string): boolean {
  return (
    [":", "stMarkdown:", "stFullScreenFrame:"].includes(picture) ||
    picture.startsWith("stSkeleton:")
  );
}

/** Streamlit's page draws a widget with no value, or with its default, and then with its value. */
function isBeforeItsValue(was: string, is: string): boolean {
  const named = (one: string): string | undefined => /^\S+: \S+(?=.* = )/.exec(one)?.[0];
  return named(is) !== undefined && named(was) === named(is);
}
