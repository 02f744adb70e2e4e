import { randomUUID } from "node:crypto";
import { persist } from "persist-session";

const themes = ["auto", "light", "dark"] as const;
const accents = ["indigo", "teal", "rose", "amber"] as const;
export const choices = { themes, accents };

export type Note = { id: string; text: string; at: Date };
export type Settings = {
  name: string;
  theme: (typeof themes)[number];
  accent: (typeof accents)[number];
  showTimes: boolean;
};

/**
 * What one browser does here. An ordinary class: `new AppState()` works in a test, and nothing else
 * marks it.
 */
@persist("app-state")
export class AppState {
  since = new Date();
  views = 0;
  count = 0;
  notes: Note[] = [];
  pad = "";
  settings: Settings = { name: "", theme: "auto", accent: "indigo", showTimes: true };

  addNote(text: string): void {
    const kept = text.trim().slice(0, 500);
    if (kept === "" || this.notes.length >= 100) return;
    this.notes.push({ id: randomUUID(), text: kept, at: new Date() });
  }

  deleteNote(id: string): void {
    this.notes = this.notes.filter((note) => note.id !== id);
  }

  writePad(text: string): void {
    this.pad = text.replaceAll("\r\n", "\n").slice(0, 10_000);
  }

  /** Takes a form as the browser sent it, so nothing in it can be trusted. */
  changeSettings(form: Record<string, string | string[] | undefined>): void {
    const { settings } = this;
    settings.name = String(form["name"] ?? "")
      .trim()
      .slice(0, 40);
    settings.theme = themes.find((theme) => theme === form["theme"]) ?? settings.theme;
    settings.accent = accents.find((accent) => accent === form["accent"]) ?? settings.accent;
    settings.showTimes = form["showTimes"] === "on";
  }
}
