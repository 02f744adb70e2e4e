import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { useStage } from "./stage.ts";
import { ownerOf, Stored } from "./stored.ts";

const stage = useStage({ app: "test/streamlit/apps/persisted.py", args: ["--no-resume"] });
/** A pickle that runs a command when it is loaded. */
function pickleBomb(file: string): Uint8Array {
  const command = `touch ${file}`;
  return Buffer.from(`Pcposix\nsystem\n(V${command}\ntR.`);
}

test("promise 7 (Stored bytes are data): a pickle without a seal is refused before Python sees it", async () => {
  const visitor = await stage.newVisitor();
  const app = await visitor.openTab();
  await app.clickUntil("item", "items", "[0]");
  await using stored = new Stored(stage.gateway.stateDirectory);
  const owner = await ownerOf(visitor.context);
  const file = join(stage.gateway.directory, "it-ran");
  await stored.plant(owner, "app-state", "items", pickleBomb(file));
  await app.reload();
  const error = await app.error();
  assert.equal(existsSync(file), false);
  assert.match(error ?? "", /items/);
  // Refused is not deleted, and not overwritten by a default.
  assert.ok((await stored.attributes(owner, "app-state")).includes("items"));
});

const texts: [name: string, json: string][] = [
  ["a class by its path", `J{"$class":["os.system",{}]}`],
  ["a dataclass that the app has not", `J{"$dataclass":["subprocess.Popen",{"args":"id"}]}`],
  ["a tag that is malformed", `J{"$decimal":["x"],"$y":1}`],
  ["text that is cut", `J{"a":[1,`],
  ["no bytes at all", ""],
];

for (const [name, json] of texts) {
  test(`promise 7 (Stored bytes are data): ${name} runs nothing and is no empty state`, async () => {
    const visitor = await stage.newVisitor();
    const app = await visitor.openTab();
    await app.clickUntil("item", "items", "[0]");
    await using stored = new Stored(stage.gateway.stateDirectory);
    const owner = await ownerOf(visitor.context);
    await stored.plant(owner, "app-state", "items", Buffer.from(json));
    await app.reload();
    assert.notEqual((await app.shown())["items"], "[]");
    assert.equal(await stage.gateway.isHealthy(), true);
  });
}
