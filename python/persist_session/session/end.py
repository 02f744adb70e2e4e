"""Clears a state, gives a session another id, ends a session."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ..errors import PersistError
from ..state import LiveState
from ..service import Disconnected

if TYPE_CHECKING:
    from .session import Session

# As for a run.
PATIENCE = 5.0


def clear_state(session: Session, state: LiveState) -> None:
    """Ends the record's life, in every tab."""
    with session.lock:
        deadline = time.monotonic() + PATIENCE
        while True:
            generation = session.connect(deadline)
            if state.generation != generation or state.life is None or state.over:
                session.refresh(state)
                generation = state.generation
            try:
                session.writing.wait(state, deadline)
                fields = {"handle": session.handle.number, "life": state.life}
                session.link.send(generation, "clear", fields).wait(deadline)
                break
            except Disconnected:
                continue
        _end_life(session, state)


def rotate_session(session: Session, login: bool) -> None:
    with session.lock:
        errors = session.writing.flush(time.monotonic() + PATIENCE)
        if errors:
            raise errors[0]
        moved(session, _ask(session, "rotate", **({"login": True} if login else {})))


def end_session_of(session: Session) -> None:
    with session.lock:
        moved(session, _ask(session, "end"))
        for state in session.states.values():
            if state.registration.options.owner != "user":
                _end_life(session, state)


def _ask(session: Session, op: str, **fields: object) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE
    generation = session.connect(deadline)
    try:
        return session.link.send(generation, op, {"handle": session.handle.number, **fields}).wait(deadline)[0]
    except Disconnected:
        raise PersistError(
            "ERR_OUTCOME_UNKNOWN",
            "The state service went away before it answered, so it is unknown whether the session has a new id. Reload the page to see.",
        ) from None


def moved(session: Session, answer: dict[str, Any]) -> None:
    """Lets the session and its lives go on under another id."""
    session.handle.moved(answer)
    for state in list(session.states.values()):
        if state.registration.options.owner != "user":
            state.moved = True


def _end_life(session: Session, state: LiveState) -> None:
    state.cleared = True
    state.epoch = None
    state.present = False
    state.life = None
    session.writing.forget(state)
