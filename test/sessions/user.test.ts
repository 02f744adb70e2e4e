import assert from "node:assert/strict";
import { test } from "node:test";
import { type Identity, persist, restore } from "../../src/index.ts";
import { fixture } from "./fixture.ts";

@persist("user.profile", { owner: "user" })
class Profile {
  name = "";
  visits = 0;
}

@persist("user.browser")
class BrowserState {
  count = 0;
}

test("a state of owner user follows the person to another browser", async () => {
  const { sessions } = fixture();
  const ann: Identity = { issuer: "https://id.example", subject: "ann" };
  const [phone, desk] = [
    await sessions.open(undefined, { identify: () => ann }),
    await sessions.open(undefined, { identify: () => ann }),
  ];
  await phone.run(async () => {
    (await restore(Profile)).name = "Ann";
    (await restore(BrowserState)).count = 1;
  });
  await desk.run(async () => {
    assert.equal((await restore(Profile)).name, "Ann");
    assert.equal((await restore(BrowserState)).count, 0);
  });
});

test("promise 6 (Isolation): two persons, or two issuers with one subject, never share a state", async () => {
  const { sessions } = fixture();
  const people: Identity[] = [
    "ann",
    "bob",
    { issuer: "a", subject: "ann" },
    { issuer: "b", subject: "ann" },
    { issuer: 'a","x', subject: "y" },
  ];
  for (const [at, person] of people.entries()) {
    const session = await sessions.open(undefined, { identify: () => person });
    await session.run(async () => {
      const state = await restore(Profile);
      assert.equal(state.visits, 0);
      state.visits = at + 1;
    });
  }
});

test("a state of owner user throws ERR_NO_USER when no user is signed in, and is out of reach after logout", async () => {
  const { sessions } = fixture();
  let who: Identity = "ann";
  const session = await sessions.open(undefined, { identify: () => who });
  await session.run(async () => void ((await restore(Profile)).name = "Ann"));
  who = undefined;
  await session.run(async () => {
    for (const nobody of [undefined, null, "", { subject: "" }] as Identity[]) {
      who = nobody;
      await assert.rejects(restore(Profile), {
        code: "ERR_NO_USER",
        message: /Profile.*identify/s,
      });
    }
  });
  who = "ann";
  assert.equal(await session.run(async () => (await restore(Profile)).name), "Ann");
});

test("session.clear() and rotate() leave the user's states, and save what is pending in them", async () => {
  const { sessions } = fixture();
  const session = await sessions.open(undefined, { identify: () => "ann" });
  await session.run(async () => {
    const profile = await restore(Profile);
    profile.name = "Ann";
    await session.rotate();
    profile.visits++;
    await session.clear();
    profile.visits++;
    assert.equal(await restore(Profile), profile);
  });
  const elsewhere = await sessions.open(undefined, { identify: () => "ann" });
  await elsewhere.run(async () => {
    const { name, visits } = await restore(Profile);
    assert.deepEqual([name, visits], ["Ann", 2]);
    await elsewhere.clear(Profile);
    assert.equal((await restore(Profile)).name, "");
  });
});
