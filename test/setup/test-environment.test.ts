import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { homeForTests, testEnvironment } from "../../scripts/setup/test-environment.js";
import { useWorkDirectories } from "../cli/work-directory.ts";

const directory = useWorkDirectories();

test("tests get nothing of the caller's that is set for other programs", () => {
  const kept = {
    PATH: "/bin",
    HOME: "/home/me",
    PERSIST_TEST_PYTHON: "/venv/bin/python",
    PGBOUNCER_PATH: "/usr/sbin/pgbouncer",
    REDIS_SERVER_PATH: "/usr/bin/valkey-server",
    NODE_EXTRA_CA_CERTS: "/ca.pem",
    PIP_INDEX_URL: "https://packages.example/simple",
    npm_config_registry: "https://packages.example/npm",
  };
  const dropped = {
    PERSIST_SESSION_STORE: "redis://real.example",
    PERSIST_SESSION_SECRET: "s",
    STREAMLIT_SERVER_BASE_URL_PATH: "below",
    NODE_OPTIONS: "--require attach.js",
    NODE_ENV: "production",
    PYTHONPATH: "/elsewhere",
    PYTHONOPTIMIZE: "1",
    VIRTUAL_ENV: "/venv",
    PGHOST: "real.example",
    PORT: "3000",
  };
  const { no_proxy: _, NO_PROXY: __, ...env } = testEnvironment({ ...kept, ...dropped });
  assert.deepEqual(env, kept);
});

test("tests reach this machine without the caller's proxy, which installations still use", () => {
  const proxies = { http_proxy: "http://proxy.example", HTTPS_PROXY: "http://proxy.example" };
  const env = testEnvironment({ ...proxies, NO_PROXY: "internal.example, 127.0.0.1" });
  const direct = "internal.example,127.0.0.1,localhost,::1";
  assert.deepEqual(env, { ...proxies, no_proxy: direct, NO_PROXY: direct });
});

test("tests get a home directory without Streamlit's configuration, if the real one has any", () => {
  const plain = directory({ ".npmrc": "x", ".streamlit/machine_id_v4": "1" });
  assert.deepEqual(homeForTests(plain).env, {});
  for (const name of ["config.toml", "secrets.toml"]) {
    const home = directory({ ".npmrc": "own", "cache/file": "", [`.streamlit/${name}`]: "x" });
    const { env, remove } = homeForTests(home);
    const made = env["HOME"] ?? "";
    assert.equal(readFileSync(join(made, ".npmrc"), "utf8"), "own");
    assert.deepEqual(readdirSync(join(made, ".streamlit")), []);
    mkdirSync(join(made, "cache/below"));
    writeFileSync(join(made, "cache/below/kept"), "");
    remove();
    assert.deepEqual(readdirSync(home).toSorted(), [".npmrc", ".streamlit", "cache"]);
    assert.deepEqual(readdirSync(join(home, "cache")), ["below", "file"]);
    assert.deepEqual(readdirSync(join(home, ".streamlit")), [name]);
  }
});
