import { createHmac, randomBytes } from "node:crypto";
import { KeyRing } from "../../src/identity/key-ring.ts";
import { newSessionId, signToken } from "../../src/identity/token.ts";
import { SECRET_B } from "./keys.ts";

const BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const HEX = "0123456789abcdef";
/**
 * Each in its own right: separators, quotes, controls, white space of ASCII and of Unicode,
 * look-alikes, a lone surrogate.
 */
const CHARACTERS = [
  ..." \t\n\r\0\v\f\x7f\"';,=%\\/+.~$<".split(""),
  ..."\u00a0\u2028\ufeff\u200b\u0430\uff10\u0661\ud800\u00e9\u017f\u212a".split(""),
  "\u{1f36a}",
];

/**
 * What every mutation starts from: a ring of some secrets, a cookie name, and two tokens that are
 * good under them.
 */
export interface Genuine {
  readonly ring: KeyRing;
  readonly name: string;
  readonly token: string;
  readonly other: string;
}

/** Each class of mutation gives tokens that are all to be refused. */
export const MUTATIONS: Record<string, (genuine: Genuine) => string[]> = {
  "signed with another key": ({ name, token }) => [
    signToken(new KeyRing(SECRET_B), name, id(token)),
  ],
  "signed for another app's name": ({ ring, name, token }) =>
    [`${name}-1a2b3c4d`, `${name} `, name.slice(1), name.toUpperCase(), `x${name}`, ""].map(
      (other) => signToken(ring, other, id(token)),
    ),
  "signed with another app's key and name": ({ token }) => [
    signToken(new KeyRing(SECRET_B), "other", id(token)),
  ],
  "signed for another purpose": ({ ring, name, token }) =>
    ["seal", "", "Token", "assertion"].map(
      (purpose) =>
        `${id(token)}.${ring.sign(purpose, `persist-session token v1\n${name}\n${id(token)}`).toString("base64url")}`,
    ),
  "signed without the label, or framed in another way": ({ ring, name, token }) =>
    [
      id(token),
      `${name}${id(token)}`,
      `${name}\n${id(token)}`,
      `persist-session token v2\n${name}\n${id(token)}`,
    ].map((input) => `${id(token)}.${ring.sign("token", input).toString("base64url")}`),
  "signed with no key, or with what is public": ({ name, token }) =>
    ["", name, "persist-session/v1", id(token)].map(
      (key) => `${id(token)}.${createHmac("sha256", key).update(id(token)).digest("base64url")}`,
    ),
  "a MAC of random bytes, of zeros or of ones": ({ token }) =>
    [
      ...Array.from({ length: 20 }, () => randomBytes(32)),
      Buffer.alloc(32),
      Buffer.alloc(32, 255),
    ].map((bytes) => `${id(token)}.${bytes.toString("base64url")}`),
  "ids and MACs swapped between two tokens": ({ token, other }) => [
    `${id(token)}.${mac(other)}`,
    `${id(other)}.${mac(token)}`,
    `${mac(token)}.${id(token)}`,
    `${id(token)}.${id(token)}`,
    `${mac(token)}.${mac(token)}`,
  ],
  "a new id under an old MAC": ({ token }) =>
    Array.from({ length: 10 }, () => `${newSessionId()}.${mac(token)}`),
  "each other last character of the MAC": ({ token }) =>
    replacements(token, token.length - 1, BASE64URL),
  "each other character at every place of the MAC": ({ token }) =>
    places(token, 37).flatMap((place) =>
      replacements(token, place, place % 7 === 0 ? BASE64URL : "Ab0_-"),
    ),
  "each other hexadecimal digit at every place of the id": ({ token }) =>
    places(token, 0, 36).flatMap((place) =>
      token[place] === "-" ? [] : replacements(token, place, HEX),
    ),
  "one bit turned at every place": ({ token }) =>
    places(token).flatMap((place) =>
      Array.from({ length: 8 }, (_, bit) =>
        put(token, place, String.fromCharCode(token.charCodeAt(place) ^ (1 << bit))),
      ),
    ),
  "base64 with padding or of the other alphabet": ({ token }) => {
    const plain = Buffer.from(mac(token), "base64url").toString("base64");
    const padded = [`${token}=`, `${token}==`, `${token}%3D`, `${id(token)}.${plain}`];
    const slashes = `${id(token)}.${"-".repeat(21)}${mac(token).slice(21)}`;
    return [...padded, slashes.replaceAll("-", "+"), slashes.replaceAll("-", "/")];
  },
  "MAC in hexadecimal, base32-like upper case, or of the raw bytes": ({ token }) => {
    const bytes = Buffer.from(mac(token), "base64url");
    return ["hex", "latin1", "utf8", "base64"].map(
      (encoding) => `${id(token)}.${bytes.toString(encoding as BufferEncoding)}`,
    );
  },
  "id in upper case, whole or in part": ({ token }) =>
    [`${id(token).toUpperCase()}.${mac(token)}`, token.toUpperCase(), token.toLowerCase()].concat(
      places(token, 0, 36).map((place) => put(token, place, token.charAt(place).toUpperCase())),
    ),
  "each wrong version and variant, signed with the right key": (genuine) => [
    ...replacements(genuine.token, 14, HEX).map((token) => signAnything(genuine, id(token))),
    ..."01234567cdef"
      .split("")
      .map((digit) => signAnything(genuine, put(id(genuine.token), 19, digit))),
  ],
  "ids of another shape, signed with the right key": (genuine) => {
    const bare = id(genuine.token);
    const shapes = [
      bare.toUpperCase(),
      bare.replaceAll("-", ""),
      `{${bare}}`,
      `urn:uuid:${bare}`,
      "",
      "-".repeat(36),
    ];
    shapes.push(
      "../../../../etc/passwd",
      "__proto__",
      "0".repeat(36),
      `${bare}\0`,
      `${bare}\n`,
      ` ${bare}`,
      bare.slice(1),
    );
    return shapes.map((shape) => signAnything(genuine, shape));
  },
  "cut at every length": ({ token }) => places(token).map((place) => token.slice(0, place)),
  "cut from the front at every length": ({ token }) =>
    places(token, 1).map((place) => token.slice(place)),
  "one character left out at every place": ({ token }) =>
    places(token).map((place) => token.slice(0, place) + token.slice(place + 1)),
  extended: ({ token, other }) => [
    ...[...BASE64URL.split(""), "=", ".", "&", "|"].flatMap((more) => [token + more, more + token]),

    token + token,
    `${token}.${mac(token)}`,
    `${id(token)}.${token}`,
    `${token}.${other}`,
    token.padEnd(4096, "A"),

    token.replace(".", ".."),
    token.replace(".", ""),
    token.replace(".", "-"),
    `s:${token}`,
    `j:${token}`,
  ],
  "foreign characters before, after and instead of others": ({ token }) =>
    CHARACTERS.flatMap((strange) => [
      strange + token,
      token + strange,
      ...[0, 8, 14, 36, 37, 60, 79].flatMap((place) => [
        insert(token, place, strange),
        put(token, place, strange),
      ]),
    ]),
  "percent-encoded": ({ token }) =>
    places(token)
      .map((place) => put(token, place, `%${token.charCodeAt(place).toString(16)}`))
      .concat(
        encodeURIComponent(`"${token}"`),
        token.replaceAll("-", "%2D"),
        token.replaceAll("-", "%2d"),
      ),
  quoted: ({ token }) => [
    `"${token}"`,
    `'${token}'`,
    `\\"${token}\\"`,
    `"${token}`,
    `${token}"`,
    `<${token}>`,
    `[${token}]`,
  ],
  "the shape with regular-expression or prototype words": () =>
    [
      "__proto__",
      "constructor",
      "toString",
      ".*",
      "^$",
      "null",
      "undefined",
      "true",
      "NaN",
      "{}",
      "[object Object]",
    ].flatMap((word) => [word, `${word}.${word}`, word.padEnd(80, "0")]),
  "very long": ({ token }) => [
    "a".repeat(1e6),
    `${token}${"A".repeat(1e6)}`,
    ".".repeat(1e6),
    `${" ".repeat(1e6)}${token}`,
  ],
};

function signAnything({ ring, name }: Genuine, anyId: string): string {
  return `${anyId}.${ring.sign("token", `persist-session token v1\n${name}\n${anyId}`).toString("base64url")}`;
}

function id(token: string): string {
  return token.slice(0, 36);
}

function mac(token: string): string {
  return token.slice(37);
}

function places(token: string, from = 0, to = token.length): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

function put(text: string, place: number, character: string): string {
  return text.slice(0, place) + character + text.slice(place + 1);
}

function insert(text: string, place: number, more: string): string {
  return text.slice(0, place) + more + text.slice(place);
}

function replacements(token: string, place: number, alphabet: string): string[] {
  return alphabet
    .split("")
    .filter((character) => character !== token[place])
    .map((character) => put(token, place, character));
}
