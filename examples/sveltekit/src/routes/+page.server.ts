import { randomUUID } from "node:crypto";
import { currentSession, peek, restore, update } from "persist-session";
import { accents, themes } from "../lib/choices";
import { app } from "../lib/server/state";
import type { Actions, PageServerLoad } from "./$types";

// What a load function gives goes to the browser: so what the page shows, and not the state itself.
export const load: PageServerLoad = async () => {
  const { count, notes, settings } = await peek(app);
  return { count, notes, settings };
};

export const actions: Actions = {
  count: async ({ request }) => {
    const step = (await request.formData()).get("step") === "-1" ? -1 : 1;
    // Exact also if two tabs or two servers count at the same moment.
    await update(app, (state) => {
      state.count += step;
    });
  },

  addNote: async ({ request }) => {
    const text = textOf(await request.formData(), "text", 500);
    const { notes } = await restore(app);
    if (text === "" || notes.length >= 100) return;
    notes.push({ id: randomUUID(), text, at: new Date() }); // nothing more: the commit comes before the answer
  },

  deleteNote: async ({ request }) => {
    const form = await request.formData();
    const state = await restore(app);
    state.notes = state.notes.filter(({ id }) => id !== form.get("id"));
  },

  /** A form comes as the browser sent it, so nothing in it can be trusted. */
  changeSettings: async ({ request }) => {
    const form = await request.formData();
    const { settings } = await restore(app);
    settings.name = textOf(form, "name", 40);
    settings.theme = themes.find((theme) => theme === form.get("theme")) ?? settings.theme;
    settings.accent = accents.find((accent) => accent === form.get("accent")) ?? settings.accent;
    settings.showTimes = form.get("showTimes") === "on";
  },

  clearEverything: async () => {
    await currentSession().clear();
  },
};

function textOf(form: FormData, field: string, most: number): string {
  return String(form.get(field) ?? "")
    .trim()
    .slice(0, most);
}
