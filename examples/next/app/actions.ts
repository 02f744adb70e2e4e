"use server";

import { randomUUID } from "node:crypto";
import { currentSession, restore, update } from "persist-session";
import { accents, app, session, themes } from "../lib/state";

export const count = session.action(async (form: FormData) => {
  const step = form.get("step") === "-1" ? -1 : 1;
  // Exact also if two tabs or two servers count at the same moment.
  await update(app, (state) => {
    state.count += step;
  });
});

export const addNote = session.action(async (form: FormData) => {
  const text = textOf(form, "text", 500);
  const { notes } = await restore(app);
  if (text === "" || notes.length >= 100) return;
  notes.push({ id: randomUUID(), text, at: new Date() }); // nothing more: the commit comes before the answer
});

export const deleteNote = session.action(async (form: FormData) => {
  const state = await restore(app);
  state.notes = state.notes.filter(({ id }) => id !== form.get("id"));
});

/** A form comes as the browser sent it, so nothing in it can be trusted. */
export const changeSettings = session.action(async (form: FormData) => {
  const { settings } = await restore(app);
  settings.name = textOf(form, "name", 40);
  settings.theme = themes.find((theme) => theme === form.get("theme")) ?? settings.theme;
  settings.accent = accents.find((accent) => accent === form.get("accent")) ?? settings.accent;
  settings.showTimes = form.get("showTimes") === "on";
});

export const clearEverything = session.action(async () => {
  await currentSession().clear();
});

function textOf(form: FormData, field: string, most: number): string {
  return String(form.get(field) ?? "")
    .trim()
    .slice(0, most);
}
