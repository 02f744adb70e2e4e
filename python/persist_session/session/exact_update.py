"""`update`: the exact read-modify-write."""

from __future__ import annotations

import random
import threading
import time
import uuid
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from ..state import LiveState, absorb, bind, collect
from .current import state_behind
from ..errors import PersistError
from ..service import Disconnected, Reply
from .restore import restore
from .session import Session
from .running_updates import Record, is_updating, record_of, updating

T = TypeVar("T")
R = TypeVar("R")
TIMEOUT = 10.0
_FIRST_WAIT = 0.002
_MAX_WAIT = 0.2


def update(state: T, fn: Callable[[T], R]) -> R:
    """Changes a state exactly: any number of concurrent updates all count.

    `fn` gets a fresh instance. Its changes are stored only if the record is still the same;
    otherwise `fn` runs again on the new content. So it must have no other effect. `state` shows the
    result afterwards.

    ```python
    import streamlit as st
    from persist_session import persist, update

    @persist("votes")
    class Votes:
        def __init__(self):
            self.yes = 0

    def add(votes):
        votes.yes += 1

    votes = Votes()
    update(votes, add)
    st.text(votes.yes)  # 1
    ```

    Args:
        state: The state, as `AppState()` gave it.
        fn: Gets an instance of the state's class and changes it:
            `update(state, lambda s: s.add(1))`.

    Returns:
        What `fn` returned, in the attempt that was stored.

    Raises:
        PersistError: `ERR_CONFLICT` if others changed the record each time, for ten seconds;
            `ERR_NESTED_UPDATE`; `ERR_NOT_PERSISTED`; `ERR_SESSION_ENDED`; `ERR_OUTCOME_UNKNOWN` if
            the connection was lost during the write, or the service did not answer; what
            `commit()` raises.
    """
    live = state_behind(state)
    session = live.holder
    if not isinstance(session, Session):
        raise _nested(live)
    # Brought up to date first: only then is the record's owner known.
    session.check(live, False)
    if is_updating(session, live):
        raise _nested(live)
    session.check(live, True)
    record = record_of(session, live)
    with session.lock:
        errors = session.writing.flush(time.monotonic() + TIMEOUT)
    if errors:
        raise errors[0]
    with _turn(record, live), updating(record):
        result = _until_exact(session, live, fn)
    try:
        session.refresh(live)
    except PersistError:
        # The update is stored, and an error would say the opposite. The next use of the state tries
        # again.
        live.run = -1
    return result


def _nested(live: LiveState) -> PersistError:
    return PersistError(
        "ERR_NESTED_UPDATE",
        f"update() was called inside an update of the same {live.registration.name}, which would wait for itself. "
        "Change the instance that the outer function was given.",
    )


class _Turn:
    def __init__(self) -> None:
        self.lock = threading.Lock()


_turns: weakref.WeakValueDictionary[Record, _Turn] = weakref.WeakValueDictionary()
_taking = threading.Lock()


@contextmanager
def _turn(record: Record, live: LiveState) -> Iterator[None]:
    """Queues the updates of one record within the process: only other processes can cause a
    conflict. The wait is bounded: two tabs that nest updates in opposite order would wait for each
    other."""
    with _taking:
        turn = _turns.get(record)
        if turn is None:
            turn = _turns[record] = _Turn()
    if not turn.lock.acquire(timeout=TIMEOUT):
        raise PersistError(
            "ERR_CONFLICT",
            f"update() waited {TIMEOUT:g} s for another update of the same {live.registration.name}. Nothing was written. Make the "
            "function shorter, and do not call update() inside it.",
        )
    try:
        yield
    finally:
        turn.lock.release()


def _until_exact(session: Session, live: LiveState, fn: Callable[[Any], R]) -> R:
    deadline = time.monotonic() + TIMEOUT
    wait = _FIRST_WAIT
    while True:
        done, result = _try_once(session, live, fn, deadline)
        if done:
            exact: R = result
            return exact
        if time.monotonic() > deadline:
            raise PersistError(
                "ERR_CONFLICT",
                f"update() found the record of {live.registration.name} changed by others each time, for {TIMEOUT:g} s. Nothing was "
                "written. Make the function shorter, or spread the writers over several states.",
            )
        time.sleep(random.uniform(0, wait))
        wait = min(2 * wait, _MAX_WAIT)


def _try_once(session: Session, live: LiveState, fn: Callable[[Any], R], deadline: float) -> tuple[bool, Any]:
    draft = _Draft(session)
    state = LiveState(live.registration, draft)
    state.arguments = live.arguments
    with session.lock:
        generation = session.connect(deadline)
        try:
            frame = restore(session, state, generation, deadline)
        except Disconnected:
            return False, None
        absorb(state, frame)
    bind(state.instance, state)
    try:
        result = fn(state.instance)
        changes = collect(state)
    finally:
        draft.done = True
        # Found by its address as long as it lives, so the value must not hold a reference to it.
        state.instance = None
    if changes.failures:
        raise changes.failures[0]
    if not changes:
        return True, result
    fields: dict[str, Any] = {
        "schema": live.registration.options.version,
        "base": state.version if state.present else "absent",
        "set": [*changes.set, *changes.defaults],
        "remove": changes.remove,
        # The same id is sent again if the answer was lost, so the write counts once.
        "commit": uuid.uuid4().hex,
    }
    if live.registration.options.ttl is not None:
        fields["ttl"] = live.registration.options.ttl
    blobs = [*changes.set.values(), *changes.defaults.values()]
    # "ended": the state was cleared meanwhile. The next round begins with a fresh one.
    return _write(session, state, generation, fields, blobs, deadline) == "written", result


def _write(session: Session, state: LiveState, generation: int, fields: dict[str, Any], blobs: list[bytes], deadline: float) -> str:
    owner = session.session_id
    while True:
        try:
            where = {"handle": session.handle.number, "life": state.life}
            reply = session.link.send(generation, "write", {**where, **fields}, blobs)
            return _outcome(reply, deadline)
        except Disconnected:
            generation = _come_back(session, state, deadline)
            if session.session_id != owner and state.registration.options.owner != "user":
                # The page has another cookie by now. Changes based on one session must not be
                # written to another.
                raise PersistError(
                    "ERR_SESSION_ENDED", "The session of this page ended while an update was being stored. Reload the page."
                ) from None


def _outcome(reply: Reply, deadline: float) -> str:
    try:
        return str(reply.wait(deadline)[0]["outcome"])
    except PersistError as error:
        if reply.done:
            # The service itself has refused.
            raise
        raise _unknown("did not answer in time") from error


def _unknown(happened: str) -> PersistError:
    return PersistError(
        "ERR_OUTCOME_UNKNOWN",
        f"The state service {happened} while an update was being stored, so it is unknown whether it was stored. "
        "Look at the state before you try again.",
    )


def _come_back(session: Session, state: LiveState, deadline: float) -> int:
    """Prepares a round: a connection, and a life to write to."""
    while True:
        try:
            with session.lock:
                generation = session.connect(deadline)
                frame = restore(session, state, generation, deadline)
                state.life = frame[0]["life"]
                return generation
        except Disconnected:
            continue
        except PersistError as error:
            raise _unknown("went away") from error


class _Draft:
    """Holds the instance that `fn` works on."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.lock = threading.RLock()
        self.done = False

    def check(self, state: LiveState, assigning: bool) -> None:
        if self.done:
            raise PersistError(
                "ERR_SCOPE_ENDED",
                f"The {state.registration.name} that update() gave its function was used after the function had ended. "
                "Return what you need from the function, or use the state itself.",
            )

    def changed(self, state: LiveState, name: str, content: bytes | None) -> None:
        state.slots[name].dirty = True

    def run_here(self) -> int:
        return 0

    @property
    def session_id(self) -> str:
        return self._session.session_id

    @property
    def most_bytes(self) -> int:
        return self._session.most_bytes
