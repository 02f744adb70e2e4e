"""One Streamlit session: its states, and the runs that work on them."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from ..state import Arguments, LiveState, Registration, absorb, bind, take_over, unbind, warn_of_ignored
from .access import check_access, user_of, user_text
from .context import assertion_header
from .end import moved
from .host import host
from ..errors import PersistError
from ..service import Disconnected, Handle, Link
from .restore import restore
from .running_updates import is_updating
from .write import Writing

# How long a run waits for the service, at its start and at its end.
PATIENCE = 5.0
_LOG = logging.getLogger("persist_session")
_run = threading.local()


class Session:
    """Holds the one object per class key. Kept while Streamlit keeps its session."""

    def __init__(self, key: object, streamlit_id: str, link: Link, header: str | None = None, test: object = None) -> None:
        # Kept alive: no other session's key must get the same address.
        self.key = key
        self.streamlit_id = streamlit_id
        self.link = link
        self.lock = threading.RLock()
        self.handle = Handle(link, self._pushed)
        self.states: dict[tuple[str, str], LiveState] = {}
        self.writing = Writing(self)
        # In tests the header is given; else it is the page's.
        self._given_header = header
        self.test = test
        self._seen_header: str | None = None
        self.newest = 0
        self._active: set[int] = set()
        self.closed = False
        self.retired = False

    # Runs

    def begin_run(self) -> None:
        """Call on the script's thread when a run starts."""
        with self.lock:
            self.newest += 1
            self._active.add(self.newest)
            _run.number, _run.session = self.newest, self
            self._seen_header = self._read_header()
            self.handle.announce(self._seen_header)

    def end_run(self) -> list[PersistError]:
        """Call on the script's thread when a run has ended. When this returns, all its changes are
        durable, or an error says which are not."""
        number = self.run_here()
        with self.lock:
            if self.closed or number not in self._active:
                return []
            self._active.discard(number)
            if any(other > number for other in self._active):
                # A newer run works on the same objects, and its end stores what this run has left.
                return []
            errors = self.writing.flush(time.monotonic() + PATIENCE)
            if not self._active and not self.writing.interrupted:
                for state in self.states.values():
                    state.give_back_all()
        return errors

    @property
    def is_running(self) -> bool:
        """Whether a script is at work. An interrupted one may run on for a while beside the newer
        one."""
        return bool(self._active)

    def run_here(self) -> int:
        """The run of this thread. A thread that the app has started belongs to the newest run."""
        if getattr(_run, "session", None) is self:
            return int(_run.number)
        return self.newest

    # States

    def instance_of(self, registration: Registration, arguments: Arguments) -> Any:
        """Gives the instance for `AppState()`."""
        with self.lock:
            name = (registration.key, user_text(user_of(registration)))
            state = self.states.get(name)
            if state is not None and arguments:
                state.arguments = arguments
            if state is not None and state.registration is not registration and not take_over(state, registration):
                # The class has another layout now, so its object is a new one.
                self.writing.flush(time.monotonic() + PATIENCE)
                state.over = True
                state = None
            if state is None:
                state = LiveState(registration, self)
                state.arguments = arguments
            is_new = False
            if state.instance is None or state.cleared or state.run < self.newest:
                is_new = self.refresh(state)
            self.states[name] = state
            if arguments and not is_new:
                warn_of_ignored(registration)
            return state.instance

    def refresh(self, state: LiveState, deadline: float | None = None) -> bool:
        """Brings a state up to date: one round trip.
        @returns whether it is new: made by the constructor alone"""
        with self.lock:
            deadline = deadline if deadline is not None else time.monotonic() + PATIENCE
            while True:
                generation = self.connect(deadline)
                try:
                    self.writing.wait(state, deadline)
                    frame = restore(self, state, generation, deadline)
                    break
                except Disconnected:
                    continue
            first = state.instance is None
            is_new = absorb(state, frame)
            if first:
                bind(state.instance, state)
            state.generation = generation
            state.run = self.newest
            if state.registration.options.live and state.watched != (generation, state.life):
                self._watch(state, generation)
            return is_new

    def connect(self, deadline: float) -> int:
        """Makes sure of a handle. @raises PersistError"""
        while True:
            generation = self.link.ready(deadline)
            try:
                other = self.handle.ensure(generation, self._header(), deadline)
            except Disconnected:
                continue
            if other:
                self._forget_lives("the page belongs to another session now")
            return generation

    def _forget_lives(self, reason: str) -> None:
        for state in self.states.values():
            if state.registration.options.owner == "user":
                continue
            if any(slot.dirty for slot in state.slots.values()):
                _LOG.warning("Late changes to %s were dropped: %s", state.registration.name, reason)
            state.epoch = None
            state.present = False
            state.life = None
            state.over = True
            state.run = -1

    def _watch(self, state: LiveState, generation: int) -> None:
        try:
            self.link.send(generation, "watch", {"handle": self.handle.number, "life": state.life})
            state.watched = (generation, state.life or 0)
        except Disconnected:
            pass

    # What the states ask

    def check(self, state: LiveState, assigning: bool) -> None:
        check_access(self, state, assigning)
        if assigning and is_updating(self, state):
            name = state.registration.name
            raise PersistError(
                "ERR_NESTED_UPDATE",
                f"An attribute of this {name} was assigned inside its own update(), and would never agree with what is stored then. Nothing was "
                f"assigned. Change the instance that the function was given: update(state, fn) calls fn with a {name} of its own.",
            )

    def changed(self, state: LiveState, name: str, content: bytes | None) -> None:
        self.writing.send_one(state, name, content)

    @property
    def session_id(self) -> str:
        return self.handle.session

    @property
    def most_bytes(self) -> int:
        return self.link.most_bytes

    def _header(self) -> str | None:
        """The gateway's assertion about the page's connection when this run began."""
        return self._seen_header if self._seen_header is not None else self._read_header()

    def _read_header(self) -> str | None:
        return self._given_header if self._given_header is not None else assertion_header()

    def _pushed(self, message: dict[str, Any]) -> None:
        """On the link's thread."""
        kind = message.get("push")
        if kind == "moved":
            moved(self, message)
        elif kind == "changed" or (kind == "ended" and self._is_watching()):
            host().rerun(self.streamlit_id)

    def _is_watching(self) -> bool:
        """Whether the page follows what others change (live=True): then it must also learn that its
        session has ended."""
        return any(state.watched is not None for state in list(self.states.values()))

    def retire(self) -> None:
        """Streamlit has dropped its session. A run under way first stores its changes, and its end
        calls this again."""
        with self.lock:
            self.retired = True
            idle = not self._active
        if idle:
            self.close()

    def close(self) -> None:
        with self.lock:
            if self.closed:
                return
            self.closed = True
            self.handle.close()
            for state in self.states.values():
                unbind(state)
                state.slots = {}
            self.states.clear()
