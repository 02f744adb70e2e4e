import assert from "node:assert/strict";
import { test } from "node:test";
import { type PageSocket, Sockets } from "../../src/gateway/tabs/sockets.ts";

/**
 * The sockets of pages of one session. A page whose socket is closed connects again by the login
 * that `connect` is given.
 */
function browser() {
  const sockets = new Sockets();
  const closed: string[] = [];
  function connect(tab: string, login: string | undefined, session = "session"): PageSocket {
    const logins = { marks: [], at: 0 };
    const owner = {
      session,
      tab,
      login,
      ephemeral: false,
      identity: "",
      streamlit: undefined,
      logins,
    };
    const socket = sockets.add(owner);
    socket.opened({
      sendText() {},
      close() {
        closed.push(`${tab} ${login}`);
        sockets.remove(socket);
      },
    });
    sockets.signOut(socket);
    return socket;
  }
  return { connect, closed };
}

test("a logout closes the sockets of the session's pages that are signed in, and no others", () => {
  const { connect, closed } = browser();
  connect("c", undefined);
  connect("a", "ada");
  connect("b", "ada");
  connect("elsewhere", "ada", "another session");
  assert.deepEqual(closed, []);
  connect("d", undefined);
  assert.deepEqual(closed, ["a ada", "b ada"]);
});

test("a login closes the sockets of pages that are signed in as another user", () => {
  const { connect, closed } = browser();
  connect("a", "ada");
  connect("b", undefined);
  connect("c", "grace");
  assert.deepEqual(closed, ["a ada"]);
});

test("pages that have logins of their own do not go on closing each other", () => {
  const { connect, closed } = browser();
  connect("a", "ada");
  connect("b", "grace");
  connect("a", "ada");
  connect("a", "ada");
  assert.deepEqual(closed, ["a ada"]);
});
