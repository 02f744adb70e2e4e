import { test } from "node:test";
import { until } from "../support/until.ts";
import { useStage } from "../streamlit/stage.ts";

const stage = useStage({ app: "test/cli/apps/folder/app.py" });

for (const [path, name] of [
  ["", "first"],
  ["two", "second"],
] as const)
  test(`the ${name} page of an app with a pages folder keeps its widgets when it is reloaded twice`, async () => {
    const visitor = await stage.newVisitor();
    const app = await visitor.openTab(path);
    await app.untilShown({ page: name });
    await app.type(`${name} free`, "Ada");
    await app.untilShown({ free: "Ada" });
    await app.type(`${name} keyed`, "Grace");
    await app.untilShown({ keyed: "Grace" });
    const slider = app.page.getByRole("slider");
    await slider.press("ArrowRight");
    await app.untilShown({ slider: "4" });
    await app.page.getByRole("textbox", { name: `${name} inside` }).fill("sent");
    await app.click("send");
    const kept = { page: name, free: "Ada", keyed: "Grace", slider: "4", inside: "sent" };
    await app.untilShown(kept);
    await app.idle();
    for (const round of ["1", "2"]) {
      await app.reload();
      await app.untilShown(kept);
      await app.untilInput(`${name} free`, "Ada");
      await app.untilInput(`${name} keyed`, "Grace");
      await app.untilInput(`${name} inside`, "sent");
      await until("the slider shows its value", async () => {
        // Newer versions have an input of this kind, older ones a thumb.
        const value = await slider.evaluate(
          (thumb: { getAttribute(name: string): string | null; value?: string }) =>
            thumb.getAttribute("aria-valuenow") ?? thumb.value,
        );
        return value === "4";
      });
      // What the page shows is what the next run hears of it.
      await app.clickUntil("count", "number", round);
      await app.untilShown(kept);
    }
  });
