// All that it shows comes from the state, so the first frame is the right one.
import { accents, app, session, type Note, type Settings, themes } from "../lib/state";
import { addNote, changeSettings, clearEverything, count, deleteNote } from "./actions";

export default async function Page() {
  const state = await session.peek(app);
  const { theme, accent, name, showTimes } = state.settings;
  return (
    <div data-theme={theme} data-accent={accent}>
      <header>
        <p className="brand">persist-session on Next</p>
        <h1 id="title">Try to lose this{name !== "" && `, ${name}`}</h1>
        <p className="lead">
          Count, write, choose. Then reload, open a second tab or kill the server. It is all still
          here.
        </p>
      </header>
      <main>
        <div className="column">
          <Counter value={state.count} />
          <SettingsForm {...state.settings} />
        </div>
        <div className="column">
          <Notes notes={state.notes} showTimes={showTimes} />
          <Trials />
        </div>
      </main>
    </div>
  );
}

function Counter({ value }: { value: number }) {
  return (
    <section>
      <h2>Counter</h2>
      <form className="counter" action={count}>
        <button id="less" name="step" value="-1" aria-label="One less">
          &minus;
        </button>
        <output id="count">{value}</output>
        <button id="more" className="primary" name="step" value="1" aria-label="One more">
          +
        </button>
      </form>
      <p className="hint">Exact, even when two tabs or two servers count at once.</p>
    </section>
  );
}

function Notes({ notes, showTimes }: { notes: readonly Note[]; showTimes: boolean }) {
  return (
    <section className="grow">
      <h2>Notes</h2>
      <form className="row" action={addNote}>
        <input
          id="note"
          name="text"
          aria-label="New note"
          maxLength={500}
          required
          autoComplete="off"
          placeholder="Something worth keeping"
        />
        <button id="add" className="primary">
          Add
        </button>
      </form>
      {notes.length === 0 && <p className="hint">No notes yet.</p>}
      <ul>
        {notes.map(({ id, text, at }) => (
          <li key={id}>
            <div>
              <span className="note">{text}</span>
              {showTimes && <Time at={at} />}
            </div>
            <form action={deleteNote}>
              <button
                className="quiet"
                name="id"
                value={id}
                aria-label={`Delete the note: ${text}`}
              >
                &times;
              </button>
            </form>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Time({ at }: { at: Date }) {
  return (
    <time dateTime={at.toISOString()}>{at.toISOString().slice(0, 16).replace("T", " ")} UTC</time>
  );
}

function SettingsForm({ name, theme, accent, showTimes }: Settings) {
  return (
    <section className="grow">
      <h2>Settings</h2>
      <form className="stack" action={changeSettings}>
        <label>
          Your name
          <input
            id="name"
            name="name"
            defaultValue={name}
            maxLength={40}
            autoComplete="off"
            placeholder="Ada"
          />
        </label>
        <Choice title="Theme" name="theme" values={themes} chosen={theme} />
        <Choice title="Accent" name="accent" values={accents} chosen={accent} />
        <label className="check">
          <input id="times" type="checkbox" name="showTimes" defaultChecked={showTimes} />
          Show when a note was written
        </label>
        <button id="save" className="primary">
          Save
        </button>
      </form>
    </section>
  );
}

type ChoiceProps = { title: string; name: string; values: readonly string[]; chosen: string };

function Choice({ title, name, values, chosen }: ChoiceProps) {
  return (
    <fieldset>
      <legend>{title}</legend>
      {values.map((value) => (
        <label className="pill" key={value}>
          <input type="radio" name={name} value={value} defaultChecked={value === chosen} />
          <span>{value}</span>
        </label>
      ))}
    </fieldset>
  );
}

function Trials() {
  return (
    <section>
      <h2>Now try to lose it</h2>
      <div className="buttons">
        <a className="button" href="/">
          Reload
        </a>
        <a className="button" href="/" target="_blank" rel="noopener">
          Second tab
        </a>
        <form action={clearEverything}>
          <button id="clear" className="danger">
            Clear everything
          </button>
        </form>
      </div>
      <p className="hint">
        Or stop the server and start it again. Only the last button loses something, and that for
        good.
      </p>
    </section>
  );
}
