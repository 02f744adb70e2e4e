import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { persistSession } from "../../src/adapter/http.ts";
import { restore } from "../../src/index.ts";
import { AppState } from "./app-state.ts";
import { Browser } from "./browser.ts";
import { SECRET } from "./fixture.ts";
import { listen, stop } from "../support/listen.ts";

const directory = mkdtempSync(join(tmpdir(), "persist-session-https-"));
after(() => rmSync(directory, { recursive: true }));

function certificate(): { key: Buffer; cert: Buffer } {
  const [key, cert] = [join(directory, "key.pem"), join(directory, "cert.pem")];
  const made =
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost";
  execFileSync(
    process.env["OPENSSL_PATH"] ?? "openssl",
    [...made.split(" "), "-keyout", key, "-out", cert],
    { stdio: "pipe" },
  );
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

test("over TLS the cookie is Secure with the prefix, and a plain one opens nothing", async () => {
  const persist = persistSession({ store: "memory:", secret: SECRET, sweepInterval: false });
  const server: Server = createServer(certificate(), (request, response) =>
    persist(request, response, async () => {
      response.end(String(++(await restore(AppState)).count));
    }),
  );
  const url = await listen(server, "https");
  try {
    const visitor = new Browser(url);
    const { setCookies } = await visitor.get("/");
    assert.equal(setCookies.length, 1);
    assert.match(
      setCookies[0]!,
      /^__Host-persist-session=[^;]+; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    );
    assert.equal((await visitor.get("/")).text, "2");
    const planted = new Browser(url);
    planted.cookies.set("persist-session", visitor.cookies.get("__Host-persist-session")!);
    assert.equal((await planted.get("/")).text, "1");
    // What the client says about itself counts for nothing.
    const { setCookies: still } = await new Browser(url).get("/", {
      headers: { "x-forwarded-proto": "http" },
    });
    assert.match(still[0]!, /^__Host-.*; Secure$/);
  } finally {
    await stop(server);
    await persist.sessions.close();
  }
});
