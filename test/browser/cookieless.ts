import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium } from "playwright-core";
import { findSystemTools } from "../../scripts/setup/system-tools.js";
import { DEADLINE } from "../support/until.ts";

/**
 * Runs the work in a browser that is set to block all cookies; then pages may use no storage
 * either.
 */
export async function withoutCookies(
  work: (context: BrowserContext) => Promise<void>,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "persist-session-cookieless-"));
  let context: BrowserContext | undefined;
  try {
    // What the setting writes. Taking the header out of answers on their way would not do:
    // Playwright keeps the cookie itself then.
    const settings = { profile: { default_content_setting_values: { cookies: 2 } } };
    await mkdir(join(directory, "Default"));
    await writeFile(join(directory, "Default", "Preferences"), JSON.stringify(settings));
    context = await chromium.launchPersistentContext(directory, {
      executablePath: findSystemTools().env["CHROMIUM_PATH"] ?? "",
      args: ["--no-sandbox", "--disable-gpu", "--no-proxy-server"],
    });
    context.setDefaultTimeout(DEADLINE);
    await work(context);
  } finally {
    await context?.close();
    await rm(directory, { recursive: true, force: true });
  }
}
