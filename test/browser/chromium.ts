import { type Browser, chromium, type LaunchOptions } from "playwright-core";
import { findSystemTools } from "../../scripts/setup/system-tools.js";
import { DEADLINE } from "../support/until.ts";

/**
 * Starts Chromium. Each context of it is a browser of its own: no cookie is shared. Whatever a test
 * does in a page, it waits for as long as `until` does.
 *
 * @param which - the headless shell costs half, and has no back/forward cache
 */
export async function startChromium(
  options: LaunchOptions = {},
  which: "shell" | "whole" = "shell",
): Promise<Browser> {
  const { env } = findSystemTools();
  const shell = which === "shell" ? env["CHROMIUM_SHELL_PATH"] : undefined;
  const executablePath = shell ?? env["CHROMIUM_PATH"];
  if (executablePath === undefined) {
    throw new Error("These tests need Chromium: npm test says how to install it.");
  }
  const browser = await chromium.launch({
    ...options,
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      // Nothing that the tests open is reached by the proxy that the user's environment names.
      "--no-proxy-server",
      ...(options.args ?? []),
    ],
  });
  const newContext = browser.newContext.bind(browser);
  browser.newContext = async (settings) => {
    const context = await newContext(settings);
    context.setDefaultTimeout(DEADLINE);
    return context;
  };
  return browser;
}
