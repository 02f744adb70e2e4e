import { normalBasePath } from "../gateway/proxy/exchange.ts";
import type { ResumeOptions } from "../gateway/launcher/resume-options.ts";
import { parseTrustProxy, type TrustProxy } from "../session/proxy.ts";
import type { SessionsOptions } from "../sessions/options.ts";
import { checked } from "./checked.ts";
import type { OptionTable, OptionValues } from "./command.ts";
import { durationOption, sessionsOptions, storeOptions } from "./session-options.ts";
import { UsageError } from "./usage-error.ts";

/** The options of the commands that open a gateway. */
export const gatewayOptions = {
  host: {
    type: "string",
    value: "ADDRESS",
    help: "address to listen on; 0.0.0.0 for all of this machine",
    preset: "127.0.0.1",
  },
  port: {
    type: "string",
    value: "PORT",
    help: "port to listen on; 0 for any free one",
    preset: "8501",
  },
  "base-path": { type: "string", value: "PATH", help: "path below which the app is served" },
  ...storeOptions,
  "trust-proxy": {
    type: "string",
    value: "WHOM",
    help: "whose X-Forwarded-* headers count: none, loopback, or addresses and CIDRs with commas",
    preset: "none",
  },
  "no-resume": {
    type: "boolean",
    help: "give a reloaded page a new Streamlit session, as Streamlit does",
  },
  "resume-for": {
    type: "string",
    value: "TIME",
    help: "how long a session without an open page is kept for resume",
    preset: "1h, or server.disconnectedSessionTTL of the app where that is longer",
  },
  "resume-max": {
    type: "string",
    value: "NUMBER",
    help: "how many such sessions are kept at most",
    preset: "500",
  },
  open: { type: "boolean", help: "open the app in a browser" },
} as const satisfies OptionTable;

export type GatewayValues = OptionValues<typeof gatewayOptions>;

/** The options of `createSessions` under a gateway. */
export function gatewaySessions(values: GatewayValues): SessionsOptions {
  const whom = values["trust-proxy"];
  return {
    ...sessionsOptions(values),
    ...(whom !== undefined && { trustProxy: trustProxyOption(whom) }),
  };
}

function trustProxyOption(whom: string): TrustProxy {
  const trustProxy = whom === "none" ? false : whom.split(",").map((entry) => entry.trim());
  const takes = "none, loopback, or addresses and CIDRs with commas: 10.0.0.0/8,192.0.2.7";
  checked("trust-proxy", takes, () => parseTrustProxy(trustProxy));
  return trustProxy;
}

/** @throws UsageError where it is no port */
export function portOption(text: string | undefined): number | undefined {
  return text === undefined ? undefined : wholeNumber("port", text, 0, 65_535);
}

/** @throws UsageError where browsers, the gateway and Streamlit would not all take it for the same path */
export function basePathOption(text: string | undefined): string | undefined {
  const segments = normalBasePath(text).slice(1).split("/");
  const isPlain = segments.every((segment) => /^(?!\.{1,2}$)[A-Za-z0-9._~-]+$/.test(segment));
  if (text === undefined || isPlain || /^\/*$/.test(text)) return text;
  throw new UsageError(
    "--base-path takes a path such as /app or /tools/app, of letters, digits and - . _ ~",
  );
}

/** @throws UsageError where the number or the time is none */
export function resumeOption(values: GatewayValues): false | ResumeOptions {
  const time = values["resume-for"];
  const keepFor = durationOption("resume-for", time ?? "1h") / 1000;
  const keepMax = wholeNumber("resume-max", values["resume-max"] ?? "500", 1, 1_000_000);
  return values["no-resume"] === true ? false : { keepFor, keepMax, atLeast: time === undefined };
}

function wholeNumber(option: string, text: string, least: number, most: number): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(`--${option} takes a whole number from ${least} to ${most}.`);
}
