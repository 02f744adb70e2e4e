import { html, type Html } from "./html.ts";
import { choices, type AppState, type Note, type Settings } from "./state.ts";

type Process = { pid: number; at: Date; port: number | undefined };

/**
 * The whole page. All that it shows of the visitor comes from the state, so the first frame is the
 * right one.
 */
export function page(state: AppState, server: Process): string {
  const { settings } = state;
  const title = settings.name === "" ? "Try to lose this" : `Try to lose this, ${settings.name}`;
  const body = html`
    <body data-since="${state.since.toISOString()}">
      <header>
        <p class="brand">persist-session</p>
        <h1 id="title">${title}</h1>
        <p class="lead">
          Count, write, choose. Then reload, drop the connection or kill the server. It is all still
          here.
        </p>
        <p class="facts">
          Page view <b id="views">${state.views}</b> of this browser, here since
          ${time(state.since)}
        </p>
      </header>
      <main>
        <div class="column">${counter(state.count)} ${pad(state.pad)}</div>
        <div class="column">${notes(state)} ${settingsForm(settings)}</div>
        ${trials(server)}
      </main>
    </body>
  `;
  return layout(title, settings, body, SCRIPT);
}

/** What the other tabs of the browser are told: the page's parts that this state changes. */
export function live(state: AppState): object {
  const { since, count, pad, settings } = state;
  const { theme, accent } = settings;
  return { since, count, pad, theme, accent, notes: noteList(state).text };
}

/** What a visitor sees where something went wrong: never a success that was not stored. */
export function failurePage(error: { code?: unknown }): string {
  const body = html`<body>
    <header>
      <p class="brand">persist-session</p>
      <h1 id="title">That did not work</h1>
      <p class="lead">
        Nothing was saved by it, and what was stored before is untouched.
        ${typeof error.code === "string" && `Code: ${error.code}.`}
      </p>
      <p><a class="button" href="/">Back</a></p>
    </header>
  </body>`;
  return layout("Failure", { theme: "auto", accent: "indigo" }, body);
}

function counter(count: number): Html {
  return html`<section id="counter" aria-labelledby="counter-title">
    <h2 id="counter-title">Counter</h2>
    <form class="counter" method="post" action="/count">
      <button id="less" name="step" value="-1" aria-label="One less">&minus;</button>
      <output id="count">${count}</output>
      <button id="more" class="primary" name="step" value="1" aria-label="One more">+</button>
    </form>
    <p class="hint">Exact, even when two tabs or two servers count at once.</p>
  </section>`;
}

function notes(state: AppState): Html {
  return html`<section id="notes" aria-labelledby="notes-title">
    <h2 id="notes-title">Notes</h2>
    <form class="row" method="post" action="/notes">
      <label class="hidden" for="note">New note</label>
      <input
        id="note"
        name="text"
        maxlength="500"
        required
        autocomplete="off"
        placeholder="Something worth keeping"
      />
      <button id="add" class="primary">Add</button>
    </form>
    <div id="note-list">${noteList(state)}</div>
  </section>`;
}

function noteList({ notes, settings }: AppState): Html {
  return html`${notes.length === 0 && html`<p class="empty">No notes yet.</p>`}
    <ul>
      ${notes.map((note) => noteItem(note, settings.showTimes))}
    </ul>
    ${
      notes.length > 0 &&
      html`<form method="post" action="/notes/delete">
        <button id="delete-all" class="quiet" name="all" value="yes">Delete all notes</button>
      </form>`
    }`;
}

function noteItem({ id, text, at }: Note, showTime: boolean): Html {
  return html`<li>
    <div><span class="note">${text}</span> ${showTime && time(at)}</div>
    <form method="post" action="/notes/delete">
      <button class="quiet" name="id" value="${id}" aria-label="Delete the note: ${text}">
        &times;
      </button>
    </form>
  </li>`;
}

// The parser drops a textarea's first line break: the one before the text, so that the text may
// begin with one.
function pad(text: string): Html {
  return html`<section id="live" aria-labelledby="live-title">
    <h2 id="live-title">Live pad</h2>
    <form method="post" action="/pad">
      <label class="hidden" for="pad">Text of the live pad</label>
      <textarea
        id="pad"
        name="text"
        rows="6"
        maxlength="10000"
        autocomplete="off"
        placeholder="Saved while you type, over a WebSocket"
      >
${text}</textarea>
      <noscript><button class="primary">Save</button></noscript>
    </form>
    <p class="status needs-script" role="status">
      <span class="dot"></span><span id="connection">Connecting</span><span id="saved">Saved</span>
    </p>
  </section>`;
}

function settingsForm({ name, theme, accent, showTimes }: Settings): Html {
  return html`<section id="settings" aria-labelledby="settings-title">
    <h2 id="settings-title">Settings</h2>
    <form class="stack" method="post" action="/settings">
      <label
        >Your name
        <input
          id="name"
          name="name"
          value="${name}"
          maxlength="40"
          autocomplete="off"
          placeholder="Ada"
        />
      </label>
      <fieldset>
        <legend>Colour theme</legend>
        ${choices.themes.map(
          (value) =>
            html`<label class="pill">
              <input
                type="radio"
                name="theme"
                value="${value}"
                autocomplete="off"
                ${value === theme && "checked"}
              />
              <span>${value}</span>
            </label>`,
        )}
      </fieldset>
      <label
        >Accent
        <select id="accent" name="accent" autocomplete="off">
          ${choices.accents.map(
            (value) => html`<option ${value === accent && "selected"}>${value}</option>`,
          )}
        </select>
      </label>
      <label class="check">
        <input
          id="times"
          type="checkbox"
          name="showTimes"
          autocomplete="off"
          ${showTimes && "checked"}
        />
        Show when a note was written
      </label>
      <button id="save" class="primary">Save settings</button>
    </form>
  </section>`;
}

function trials(server: Process): Html {
  // 3000 is what it takes by itself; any other port must be asked for, so that this page finds it
  // again.
  const again = server.port === 3000 ? "npm start" : `npm start -- --port ${server.port}`;
  return html`<section id="trials" class="wide" aria-labelledby="trials-title">
    <h2 id="trials-title">Now try to lose it</h2>
    <div class="buttons">
      <a id="reload" class="button" href="/">Reload the page</a>
      <a id="second" class="button" href="/" target="_blank" rel="noopener">Open a second tab</a>
      <button id="drop" class="needs-script">Drop the WebSocket</button>
      <form method="post" action="/clear">
        <button id="clear" class="danger">Clear everything</button>
      </form>
    </div>
    <dl>
      ${OUTCOMES.map(
        ([event, outcome]) =>
          html`<div>
            <dt>${event}</dt>
            <dd>${outcome}</dd>
          </div>`,
      )}
    </dl>
    <p id="process">
      This page was served by process <b id="pid">${server.pid}</b>, started
      ${time(server.at, "started")}.
      <span
        >Kill it with <code id="kill">kill -9 ${server.pid}</code>, run <code>${again}</code> again
        and reload.</span
      >
    </p>
  </section>`;
}

const OUTCOMES = [
  ["Reload", "Everything is there in the first frame, without a flash."],
  ["Second tab", "Shows the same, and what changes in one shows in the other at once."],
  ["Dropped WebSocket", "Comes back by itself, and sends what you typed meanwhile."],
  ["Killed server", "Whatever a page or the word “Saved” has shown you is stored."],
  ["Restart or deploy", "The next server goes on where the last one stopped."],
  ["Clear everything", "The one thing that loses it, in every tab, for good."],
] as const;

function time(date: Date, id = ""): Html {
  const text = `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
  return html`<time ${id !== "" && html`id="${id}"`} datetime="${date.toISOString()}"
    >${text}</time
  >`;
}

function layout(
  title: string,
  look: Pick<Settings, "theme" | "accent">,
  body: Html,
  head?: Html,
): string {
  return html`${DOCTYPE}
    <html lang="en" data-theme="${look.theme}" data-accent="${look.accent}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · persist-session</title>
        <link rel="icon" href="/icon.svg" />
        <link rel="stylesheet" href="/style.css" />
        ${head ?? false}
      </head>
      ${body}
    </html>`.text;
}

const DOCTYPE = html`<!doctype html>`;
const SCRIPT = html`<script type="module" src="/client.js" blocking="render"></script>`;
