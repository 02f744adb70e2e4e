import type { Behaviour } from "./behaviour.ts";
import { cookies } from "./behaviours/cookies.ts";
import { failures } from "./behaviours/failures.ts";
import { hangUps } from "./behaviours/hang-ups.ts";
import { heads } from "./behaviours/heads.ts";
import { identities } from "./behaviours/identities.ts";
import { isolation } from "./behaviours/isolation.ts";
import { lives } from "./behaviours/lives.ts";
import { order } from "./behaviours/order.ts";
import { proxies } from "./behaviours/proxies.ts";
import { streams } from "./behaviours/streams.ts";

/** What all adapters have to do, whatever their framework. */
export const behaviours: readonly Behaviour[] = [
  ...cookies,
  ...order,
  ...heads,
  ...streams,
  ...failures,
  ...hangUps,
  ...isolation,
  ...lives,
  ...proxies,
  ...identities,
];
