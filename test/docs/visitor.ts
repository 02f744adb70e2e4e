import assert from "node:assert/strict";
import type { RunningProgram } from "./running-program.ts";

/** A browser as far as documented servers need one: keeps cookies, follows no redirect. */
export class Visitor {
  readonly #program: RunningProgram;
  readonly #cookies = new Map<string, string>();

  constructor(program: RunningProgram) {
    this.#program = program;
  }

  /** What it would send as its Cookie header. */
  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  async request(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.#cookies.size > 0) headers.set("cookie", this.cookie);
    const url = (await this.#program.origin()) + path;
    const response = await fetch(url, { ...init, headers, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    return response;
  }

  /** Gets a page that must be there. */
  async text(path: string): Promise<string> {
    const response = await this.request(path);
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return text;
  }

  async json(path: string): Promise<unknown> {
    return JSON.parse(await this.text(path));
  }

  /** Sends a form as a page would. */
  async post(path: string, form?: Record<string, string>): Promise<Response> {
    const body = form === undefined ? {} : { body: new URLSearchParams(form) };
    return await this.request(path, { method: "POST", ...body });
  }

  #keep(line: string): void {
    const [name = "", value = ""] = (line.split(";", 1)[0] ?? "").split("=");
    if (/max-age=0/i.test(line)) this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}
