import { type FrameOptions, type GatewayOptions, normalBasePath } from "../gateway/index.ts";
import type { ResumeOptions } from "./run/index.ts";
import {
  type CookieOptions,
  cookieSettings,
  parseAllowedOrigins,
  parseTrustProxy,
  type TrustProxy,
} from "../identity/index.ts";
import type { SessionsOptions } from "../sessions/index.ts";
import { checked } from "./checked.ts";
import type { OptionTable, OptionValues } from "./command.ts";
import {
  durationOption,
  type Passphrase,
  sessionsOptions,
  storeOptions,
} from "./session-options.ts";
import { UsageError } from "./usage-error.ts";

const MIB = 1024 * 1024;

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
  "max-lifetime": {
    type: "string",
    value: "TIME",
    help: "how long a session lasts at most, however much it is used",
    preset: "no bound",
  },
  "trust-proxy": {
    type: "string",
    value: "WHOM",
    help: "whose X-Forwarded-* headers count: none, loopback, or addresses and CIDRs with commas",
    preset: "none",
  },
  "allow-origin": {
    type: "string",
    value: "URL",
    repeats: true,
    help: "an origin whose pages may use the session too, such as https://portal.example.com; may be repeated",
    preset: "the app's own alone",
  },
  "same-site": {
    type: "string",
    value: "WHAT",
    help: "when the cookie goes along from other sites' pages: lax, strict, or none, which needs HTTPS",
    preset: "lax",
  },
  partitioned: {
    type: "boolean",
    help: "one cookie for each site that embeds the app; needs --same-site none",
  },
  "no-encrypt": {
    type: "boolean",
    help: "store values as they are, readable for all who can read the store",
  },
  "no-rotate-on-login": {
    type: "boolean",
    help: "keep a browser's session id when a user signs in or out",
  },
  "login-cookie": {
    type: "string",
    repeats: true,
    value: "NAME",
    help: "a cookie by which the app itself knows who is signed in: once it has gone or changed, a reload begins anew; may be repeated",
  },
  "no-resume": {
    type: "boolean",
    help: "give a reloaded page a new Streamlit session, as Streamlit does",
  },
  "resume-for": {
    type: "string",
    value: "TIME",
    help: "how long a session without an open page is kept for resume",
    preset: "1h, or server.disconnectedSessionTTL of the app if that is longer",
  },
  "resume-max": {
    type: "string",
    value: "NUMBER",
    help: "how many such sessions are kept at most",
    preset: "500",
  },
  "no-last-frame": {
    type: "boolean",
    help: "show a reloaded page nothing until its script has run, as Streamlit does",
  },
  "frame-max": {
    type: "string",
    value: "MIB",
    help: "the largest page that is kept to be shown again after a reload",
    preset: "2",
  },
  "frame-memory": {
    type: "string",
    value: "MIB",
    help: "what all pages that are kept take together at most",
    preset: "64",
  },
  "run-for": {
    type: "string",
    value: "TIME",
    help: "how long a run goes on after its page has gone; 0 to stop it at once, as Streamlit does",
    preset: "15m",
  },
  "run-max": {
    type: "string",
    value: "NUMBER",
    help: "how many runs go on without their page at most; of one visitor five",
    preset: "100",
  },
  open: { type: "boolean", help: "open the app in a browser" },
} as const satisfies OptionTable;

export type GatewayValues = OptionValues<typeof gatewayOptions>;

/**
 * What a gateway must know about logins.
 *
 * @throws UsageError if a name is not a valid cookie name
 */
export function loginOptions(
  values: GatewayValues,
): Pick<GatewayOptions, "rotateOnLogin" | "loginCookies"> {
  const loginCookies = values["login-cookie"] ?? [];
  for (const name of loginCookies) {
    if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name))
      throw new UsageError("--login-cookie takes the name of a cookie, such as my_auth.");
  }
  return { rotateOnLogin: values["no-rotate-on-login"] !== true, loginCookies };
}

/** The parts of a list with commas. */
export function listOption(text = ""): string[] {
  return text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

/**
 * The options of `createSessions` under a gateway.
 *
 * @param passphrase - as for `sessionsOptions`
 * @param servesTls - whether the gateway itself serves HTTPS
 */
export function gatewaySessions(
  values: GatewayValues,
  passphrase?: Passphrase,
  servesTls = false,
): SessionsOptions {
  const whom = values["trust-proxy"];
  const allowOrigin = values["allow-origin"];
  const sessions = sessionsOptions(values, passphrase);
  const cookie = { ...sessions.cookie, ...sameSiteOptions(values, servesTls) };
  return {
    ...sessions,
    ...(Object.keys(cookie).length > 0 && { cookie }),
    ...(allowOrigin !== undefined && { allowOrigin: allowOriginOption(allowOrigin) }),
    ...(values["max-lifetime"] !== undefined && {
      maxLifetime: durationOption("max-lifetime", values["max-lifetime"]) / 1000,
    }),
    ...(values["no-encrypt"] === true && { encrypt: false }),
    ...(whom !== undefined && { trustProxy: trustProxyOption(whom) }),
  };
}

function allowOriginOption(origins: readonly string[]): readonly string[] {
  const takes = "scheme, host and port of a page, without a path: https://portal.example.com";
  checked("allow-origin", takes, () => parseAllowedOrigins(origins));
  return origins;
}

function sameSiteOptions(
  values: GatewayValues,
  servesTls: boolean,
): Pick<CookieOptions, "sameSite" | "partitioned"> {
  const sameSite = values["same-site"] as CookieOptions["sameSite"];
  const partitioned = values.partitioned;
  if (sameSite !== undefined)
    checked("same-site", "lax, strict or none", () => cookieSettings({ sameSite }));
  if (sameSite === "none" && !servesTls && (values["trust-proxy"] ?? "none") === "none") {
    throw new UsageError(
      "--same-site none needs HTTPS, without which browsers drop the cookie. HTTPS ends at a proxy in front: name it by --trust-proxy.",
    );
  }
  // Browsers keep a partitioned cookie only if other sites' pages may send it at all.
  if (partitioned === true && sameSite !== "none")
    throw new UsageError(
      "--partitioned needs --same-site none, and the app to be served over HTTPS.",
    );
  return {
    ...(sameSite !== undefined && { sameSite }),
    ...(partitioned !== undefined && { partitioned }),
  };
}

function trustProxyOption(whom: string): TrustProxy {
  const trustProxy = whom === "none" ? false : whom.split(",").map((entry) => entry.trim());
  const takes = "none, loopback, or addresses and CIDRs with commas: 10.0.0.0/8,192.0.2.7";
  checked("trust-proxy", takes, () => parseTrustProxy(trustProxy));
  return trustProxy;
}

/** @throws UsageError if it is not a port */
export function portOption(text: string | undefined): number | undefined {
  return text === undefined ? undefined : wholeNumber("port", text, 0, 65_535);
}

/**
 * @throws UsageError if browsers, the gateway and Streamlit would not all read it as the same path
 */
export function basePathOption(text: string | undefined): string | undefined {
  const segments = normalBasePath(text).slice(1).split("/");
  const isPlain = segments.every((segment) => /^(?!\.{1,2}$)[A-Za-z0-9._~-]+$/.test(segment));
  if (text === undefined || isPlain || /^\/*$/.test(text)) return text;
  throw new UsageError(
    "--base-path takes a path such as /app or /tools/app, of letters, digits and - . _ ~",
  );
}

/** @throws UsageError if the number or the time is malformed */
export function resumeOption(values: GatewayValues): false | ResumeOptions {
  const time = values["resume-for"];
  const keepFor = durationOption("resume-for", time ?? "1h") / 1000;
  const keepMax = wholeNumber("resume-max", values["resume-max"] ?? "500", 1, 1_000_000);
  return values["no-resume"] === true ? false : { keepFor, keepMax, atLeast: time === undefined };
}

/**
 * What a reloaded page shows, and which runs continue without their page.
 *
 * @throws UsageError if a number or the time is malformed
 */
export function frameOptions(values: GatewayValues): FrameOptions {
  const time = values["run-for"] ?? "15m";
  return {
    lastFrame: values["no-last-frame"] !== true,
    maxFrame: wholeNumber("frame-max", values["frame-max"] ?? "2", 1, 1024) * MIB,
    maxTotal: wholeNumber("frame-memory", values["frame-memory"] ?? "64", 1, 65_536) * MIB,
    runFor: /^0[a-z]*$/.test(time) ? 0 : durationOption("run-for", time),
    maxRuns: wholeNumber("run-max", values["run-max"] ?? "100", 0, 1_000_000),
  };
}

function wholeNumber(option: string, text: string, least: number, most: number): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(`--${option} takes a whole number from ${least} to ${most}.`);
}
