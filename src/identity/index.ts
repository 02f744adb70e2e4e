// Who a browser is: id, token, key ring, cookie, and which proxies are trusted to say how it came.
export {
  cookieName,
  type CookieOptions,
  cookieSettings,
  type CookieSettings,
} from "./cookie-options.ts";
export { readCookie } from "./cookie-values.ts";
export { deleteCookie, searchToken, setCookie } from "./cookie.ts";
export { type Duration, parseDuration } from "./duration.ts";
export { KeyRing } from "./key-ring.ts";
export {
  type AllowedOrigins,
  type OriginClaims,
  ownOrigins,
  pageOrigin,
  type PageOrigin,
  parseAllowedOrigins,
} from "./origin.ts";
export { stretchPassphrase } from "./passphrase.ts";
export {
  checkAttributeName,
  hasSealNumber,
  isSealName,
  sealedAttribute,
  sealNameOf,
  staleSeals,
} from "./seal-name.ts";
export {
  isNewestSeal,
  isSealedFormat,
  openSealed,
  SEAL_BYTES,
  setSealed,
  type StoredAttributes,
} from "./seal.ts";
export { readSecretFile } from "./secret-file.ts";
export { type LoadedSecret, loadSecret } from "./secret.ts";
export { SeenCookies } from "./seen-cookies.ts";
export { makeStateDir } from "./state-dir.ts";
export { isSessionId, newSessionId, signToken, type VerifiedToken, verifyToken } from "./token.ts";
export {
  forwarded,
  type HeaderSource,
  isEncrypted,
  isHost,
  MAX_PROXIES,
  parseTrustProxy,
  type ProxyTrust,
  type TrustProxy,
} from "./trust-proxy.ts";
