import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { randomUUID } from "node:crypto";
import {
  AdoptTickets,
  ADOPT_LIFE,
  makeAdoptTicket,
} from "../../src/gateway/tickets/next-cookie.ts";
import { openTicket, makeTicket, type Ticket } from "../../src/gateway/tickets/resume.ts";
import { encrypt, decrypt } from "../../src/gateway/tickets/encrypted.ts";
import { KeyRing } from "../../src/identity/key-ring.ts";
import { OLDER, ring, SECRET } from "./ring.ts";

const ticket: Ticket = {
  session: randomUUID(),
  tab: "0123456789abcdef",
  ephemeral: false,
  streamlit: randomUUID(),
  identity: "nobody",
  start: "first",
  logins: { marks: ["mark"], at: 1 },
};
const DAY = 86_400_000;

describe("tickets", () => {
  test("openTicket() gives what was sealed when the same ring made it", () => {
    assert.deepEqual(openTicket(ring, makeTicket(ring, ticket, DAY)), ticket);
  });

  test("openTicket() gives nothing when a bit of it was changed", () => {
    const bytes = Buffer.from(makeTicket(ring, ticket, DAY), "base64url");
    for (let at = 0; at < bytes.length; at += 7) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      assert.equal(openTicket(ring, changed.toString("base64url")), undefined, `byte ${at}`);
    }
  });

  test("openTicket() gives nothing when it was cut, is of another ring or is too old", () => {
    const text = makeTicket(ring, ticket, DAY);
    assert.equal(openTicket(ring, text.slice(0, -4)), undefined);
    assert.equal(openTicket(ring, `${text}=`), undefined);
    assert.equal(openTicket(new KeyRing(OLDER), text), undefined);
    assert.equal(openTicket(ring, text, Date.now() + 2 * DAY), undefined);
    for (const value of [undefined, null, 1, "", "x", {}, "a".repeat(5000)])
      assert.equal(openTicket(ring, value), undefined);
  });

  test("openTicket() opens a ticket of an older key when the ring still has it", () => {
    const text = makeTicket(new KeyRing(OLDER), ticket, DAY);
    assert.deepEqual(openTicket(new KeyRing([SECRET, OLDER]), text), ticket);
  });

  test("openTicket() gives nothing when the ticket was sealed for another purpose", () => {
    const text = makeAdoptTicket(ring, { from: randomUUID(), to: randomUUID(), tab: "t" });
    assert.equal(openTicket(ring, text), undefined);
    assert.equal(new AdoptTickets(ring).read(makeTicket(ring, ticket, DAY)), undefined);
  });

  test("makeTicket() shows neither the session nor Streamlit's session when it is read", () => {
    const text = Buffer.from(makeTicket(ring, ticket, DAY), "base64url").toString("latin1");
    for (const secret of [ticket.session, ticket.streamlit, ticket.tab])
      assert.ok(!text.includes(secret));
  });

  test("decrypt() gives nothing when the key is of another purpose", () => {
    assert.equal(decrypt(ring, "one", encrypt(ring, "other", { a: 1 })), undefined);
  });
});

describe("adopt tickets", () => {
  const move = { from: randomUUID(), to: randomUUID(), tab: "tab" };

  test("read() gives nothing when the ticket has been used", () => {
    const tickets = new AdoptTickets(ring);
    const text = makeAdoptTicket(ring, move);
    const read = tickets.read(text);
    assert.equal(read?.to, move.to);
    read?.use();
    assert.equal(tickets.read(text), undefined);
  });

  test("read() gives nothing when the ticket is too old", () => {
    const text = makeAdoptTicket(ring, move);
    assert.equal(new AdoptTickets(ring).read(text, Date.now() + ADOPT_LIFE), undefined);
  });
});
