"use client";

/** Shown if the store is down, or if a change could not be stored: never a success that was not. */
export default function Failed() {
  return (
    <header>
      <p className="brand">persist-session</p>
      <h1>That did not work</h1>
      <p className="lead">Nothing was saved by it, and what was stored before is untouched.</p>
      <p>
        <a className="button" href="/">
          Back
        </a>
      </p>
    </header>
  );
}
