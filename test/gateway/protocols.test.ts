import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { withoutOwnCookie } from "../../src/gateway/tabs/own-cookie.ts";
import { readProtocols, writeProtocols } from "../../src/gateway/tabs/subprotocols.ts";
import { identityOf } from "../../src/gateway/tabs/login.ts";
import { streamlitSessionId } from "../../src/gateway/tabs/streamlit-session-id.ts";
import { cookieSettings } from "../../src/identity/cookie-options.ts";

describe("Sec-WebSocket-Protocol", () => {
  test("readProtocols() tells Streamlit's entries from ours when both are there", () => {
    assert.deepEqual(readProtocols("streamlit, token, theirs, persist-session.same.abc.TICKET"), {
      own: ["streamlit", "token"],
      claimed: "theirs",
      page: { life: "same", tab: "abc", ticket: "TICKET" },
    });
    assert.deepEqual(readProtocols("streamlit, token, persist-session.new.abc."), {
      own: ["streamlit", "token"],
      claimed: undefined,
      page: { life: "new", tab: "abc", ticket: undefined },
    });
    assert.deepEqual(readProtocols("streamlit, token, persist-session.new.abc..NOTE").page, {
      life: "new",
      tab: "abc",
      ticket: undefined,
      note: "NOTE",
    });
  });

  test("readProtocols() tells whose duplicate a tab is, but for a tab that names itself or none", () => {
    const copyOf = (entry: string): string | undefined =>
      readProtocols(`a, b, ${entry}`).page?.copyOf;
    assert.equal(copyOf("persist-session.new.abc.x.NOTE.abd"), "abd");
    assert.equal(copyOf("persist-session.new.abc...abd"), "abd");
    assert.equal(readProtocols("a, b, persist-session.new.abc...abd").page?.note, undefined);
    assert.equal(copyOf("persist-session.new.abc.x..abc"), undefined);
    assert.equal(copyOf("persist-session.new.abc.x..a/b"), undefined);
  });

  test("readProtocols() knows nothing of the page when its entry is malformed or comes twice", () => {
    for (const entry of [
      "persist-session.",
      "persist-session.new",
      "persist-session.old.abc.x",
      "persist-session.new.a/b.x",
      "persist-session.new.abc",
      "persist-session.new.no.tab.",
      "persist-session.new.no.other.tab.",
      "persist-session.new.abc..",
      "persist-session.new.abc.x.NOTE.",
      "persist-session.new.abc.x...",
      "persist-session.new.abc.x.y.z.more",
      "persist-session.new.abc.x!.NOTE",
      "persist-session.new.abc.x.NO~TE",
      `persist-session.new.${"a".repeat(65)}.x`,
      "persist-session.new.abc.x, persist-session.new.abd.x",
    ])
      assert.equal(readProtocols(`streamlit, token, ${entry}`).page, undefined, entry);
    assert.deepEqual(readProtocols(undefined), { own: [], claimed: undefined, page: undefined });
  });

  test("writeProtocols() leaves Streamlit's session id out when there is no second entry", () => {
    assert.equal(writeProtocols(["streamlit", "token"], "id"), "streamlit, token, id");
    assert.equal(writeProtocols(["streamlit", "token"], undefined), "streamlit, token");
    assert.equal(writeProtocols(["streamlit"], "id"), "streamlit");
  });
});

describe("the cookie on its way to Streamlit", () => {
  const settings = cookieSettings({ name: "persist-session-ab" });

  test("withoutOwnCookie() takes ours out when it comes in every spelling and several times", () => {
    const header =
      "a=1; persist-session-ab=x.y; __Host-persist-session-ab=z; persist-session-abc=kept; persist-session-ab=2; b=a=b";
    assert.equal(withoutOwnCookie(header, settings), "a=1; persist-session-abc=kept; b=a=b");
  });

  test("withoutOwnCookie() gives nothing when ours was the only one", () => {
    assert.equal(withoutOwnCookie("persist-session-ab=x", settings), undefined);
    assert.equal(withoutOwnCookie(undefined, settings), undefined);
  });
});

describe("identity", () => {
  test("identityOf() changes when a login cookie or a trusted header changes, and with nothing else", () => {
    const base = identityOf({ cookie: "a=1; _streamlit_user=u" }, ["x-user"]);
    assert.equal(
      identityOf({ cookie: "_streamlit_user=u; b=2", "x-other": "1" }, ["x-user"]),
      base,
    );
    const others = [
      { cookie: "a=1" },
      { cookie: "_streamlit_user=v" },
      { cookie: "_streamlit_user=u; _streamlit_user__1=w" },
      { cookie: "_streamlit_user=u; _streamlit_user_tokens=t" },
      { cookie: "_streamlit_user=u", "x-user": "ann" },
      { cookie: "_streamlit_user=u", "x-user": ["ann", "bob"] },
    ].map((headers) => identityOf(headers, ["x-user"]));
    assert.equal(new Set([base, ...others]).size, others.length + 1);
  });
});

describe("the message of a new session", () => {
  const id = "5b0f2f0e-6d46-4b4c-9a52-3d1b0d8a4a11";
  const field = (number: number, bytes: Uint8Array): Buffer =>
    Buffer.concat([Buffer.from([number * 8 + 2]), length(bytes.length), bytes]);
  const length = (value: number): Buffer =>
    value < 128 ? Buffer.from([value]) : Buffer.from([(value & 127) | 128, value >> 7]);
  const other = Buffer.from("1c0f2f0e-6d46-4b4c-9a52-3d1b0d8a4a22");
  const initialize = Buffer.concat([
    field(1, field(6, other)),
    field(3, field(1, other)),
    field(6, Buffer.from(id)),
  ]);
  const message = Buffer.concat([
    field(1, Buffer.from("hash")),
    field(2, Buffer.from([8, 1])),
    field(4, Buffer.concat([field(1, initialize), field(3, Buffer.from("app"))])),
  ]);

  test("streamlitSessionId() finds the session's id when another UUID comes before it", () => {
    assert.equal(streamlitSessionId(message), id);
  });

  test("streamlitSessionId() finds nothing when the message is another one", () => {
    assert.equal(streamlitSessionId(field(5, initialize)), undefined);
    assert.equal(streamlitSessionId(Buffer.alloc(0)), undefined);
  });

  test("streamlitSessionId() gives nothing or the id when the message is cut anywhere, and never throws", () => {
    for (let end = 0; end < message.length; end++)
      assert.ok([undefined, id].includes(streamlitSessionId(message.subarray(0, end))));
  });

  test("streamlitSessionId() gives nothing when the id could end an entry of the header", () => {
    const forged = field(4, field(1, field(6, Buffer.from("a, b"))));
    assert.equal(streamlitSessionId(forged), undefined);
  });

  test("streamlitSessionId() never throws when the bytes are random", () => {
    for (let round = 0; round < 500; round++) {
      const bytes = Buffer.from(Array.from({ length: 40 }, () => Math.floor(Math.random() * 256)));
      assert.doesNotThrow(() => streamlitSessionId(bytes));
    }
  });
});
