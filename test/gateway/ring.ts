import { KeyRing } from "../../src/identity/key-ring.ts";

export const SECRET = "p3VtQ0x8bYw1nKzR6sJfG2hLdM7cEaUi";
export const OLDER = "Zq7RkT2vXb9mWd4nLc6yHs8jPf3gUa5e";

export const ring = new KeyRing(SECRET);
