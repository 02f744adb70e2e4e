import { setTimeout as delay } from "node:timers/promises";
import { startProxy, type TcpProxy } from "../../test/store/fixtures/tcp-proxy.ts";
import { AppProcess, throughPort } from "./app-process.ts";
import { sizes, type StoresVariant, workloads } from "./variants.ts";

/** What goes over the wire between app and database for one request. */
export interface Wire {
  readonly variant: string;
  readonly size: string;
  /** A workload, or `first`: the first restore of a session in a process that has not seen it. */
  readonly what: string;
  readonly trips: number;
  readonly sent: number;
  readonly received: number;
}

const REQUESTS = 20;

/**
 * Counts round trips and bytes of a variant, one request after the other, by a proxy between app
 * and database.
 */
export async function countWire(
  variant: StoresVariant,
  port: number,
  url: string,
): Promise<Wire[]> {
  const proxy = await startProxy(port);
  const through = throughPort(url, proxy.port);
  const found: Wire[] = [];
  try {
    for (const size of sizes) {
      const app = await AppProcess.start(variant.name, through);
      const visitor = await app.visitor(size.bytes);
      for (const { name, method, path } of workloads) {
        // What comes once (a session's expiry that is renewed) is over by the second request.
        await visitor.request(method, path);
        const counted = await count(proxy, async () => {
          for (let done = 0; done < REQUESTS; done++) await visitor.request(method, path);
        });
        found.push({
          variant: variant.name,
          size: size.name,
          what: name,
          ...per(counted, REQUESTS),
        });
      }
      await app.stop();
      const fresh = await AppProcess.start(variant.name, through);
      // Another session first: connections are made, scripts are known.
      await fresh.visitor(100);
      const returning = await visitor.again(fresh.port);
      const counted = await count(
        proxy,
        async () => void (await returning.request("GET", "/small")),
      );
      found.push({ variant: variant.name, size: size.name, what: "first", ...per(counted, 1) });
      await fresh.stop();
    }
  } finally {
    await proxy.close();
  }
  return found;
}

type Count = ReturnType<TcpProxy["count"]>;

async function count(proxy: TcpProxy, work: () => Promise<void>): Promise<Count> {
  await quiet(proxy);
  await work();
  return await quiet(proxy);
}

/**
 * What was counted, when nothing more comes: what a store does after its answer (a touch) belongs
 * to the request.
 */
async function quiet(proxy: TcpProxy): Promise<Count> {
  const all = proxy.count();
  for (let silent = 0; silent < 3;) {
    await delay(20);
    const more = proxy.count();
    silent = more.up + more.down === 0 ? silent + 1 : 0;
    all.up += more.up;
    all.down += more.down;
    all.trips += more.trips;
  }
  return all;
}

function per(
  { trips, up, down }: Count,
  requests: number,
): Pick<Wire, "trips" | "sent" | "received"> {
  return { trips: trips / requests, sent: up / requests, received: down / requests };
}
