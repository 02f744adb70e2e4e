"""The writes of one Streamlit session: sent at once, acknowledged by the end of the run."""

from __future__ import annotations

import logging
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..state import Changes, LiveState, acknowledge, add_defaults, collect, mark_sent, reject
from ..errors import PersistError
from ..service import Disconnected, Reply, too_slow

if TYPE_CHECKING:
    from .session import Session

_LOG = logging.getLogger("persist_session")


@dataclass
class Ticket:
    """A write under way."""

    state: LiveState
    changes: Changes
    reply: Reply


class Writing:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._tickets: list[Ticket] = []
        self._failures: list[PersistError] = []
        # Whether the last flush broke off before it had checked everything.
        self.interrupted = False

    def send_one(self, state: LiveState, name: str, content: bytes | None) -> None:
        """Sends an assignment or a deletion at once. Does not wait."""
        changes = Changes()
        if content is None:
            changes.remove.append(name)
        else:
            changes.set[name] = content
        add_defaults(state, changes)
        self._send(state, changes)

    def _send(self, state: LiveState, changes: Changes) -> None:
        session = self._session
        mark_sent(state, changes)
        if state.over:
            return
        if state.life is None or state.generation != session.link.generation:
            # The connection has gone. The end of the run sends it over the next one.
            reject(state, changes)
            return
        options = state.registration.options
        fields: dict[str, Any] = {
            "handle": session.handle.number,
            "life": state.life,
            "schema": options.version,
            "set": list(changes.set),
            "defaults": list(changes.defaults),
            "remove": changes.remove,
            # A repeated write gets a new id: merging it twice does no harm.
            "commit": uuid.uuid4().hex,
        }
        if options.ttl is not None:
            fields["ttl"] = options.ttl
        blobs = [*changes.set.values(), *changes.defaults.values()]
        try:
            reply = session.link.send(state.generation, "write", fields, blobs)
        except Disconnected:
            reject(state, changes)
        except PersistError:
            reject(state, changes)
            raise
        else:
            self._tickets.append(Ticket(state, changes, reply))

    def flush(self, deadline: float) -> list[PersistError]:
        """Stores all changes in the states of this session. Returns the errors of those that could
        not be stored."""
        self.interrupted = False
        failures: list[PersistError] = []
        while True:
            try:
                failures = self._write_all(deadline)
                self._read_answers(deadline)
            except Disconnected:
                if time.monotonic() < deadline:
                    continue
                self.interrupted = True
                failures.append(too_slow())
            except PersistError as error:
                self.interrupted = True
                failures.append(error)
            else:
                unsent = any(self._is_unsent(state) for state in self._session.states.values())
                if unsent and not self.interrupted and not self._failures and time.monotonic() < deadline:
                    continue
            failures += self._failures
            self._failures = []
            return failures

    def _write_all(self, deadline: float) -> list[PersistError]:
        failures: list[PersistError] = []
        for state in list(self._session.states.values()):
            if not self._is_at_work(state):
                continue
            try:
                failures += self._write(state, deadline)
            except PersistError as error:
                # If one state cannot be brought up to date, the changes of the others must not be
                # lost.
                self.interrupted = True
                if all(known.code != error.code for known in failures):
                    failures.append(error)
        return failures

    def _write(self, state: LiveState, deadline: float) -> list[PersistError]:
        changes = collect(state)
        if changes and self._reconnect(state, deadline):
            # Its life may have turned out to be over.
            changes = collect(state) if self._is_at_work(state) else Changes()
        if changes:
            self._send(state, changes)
        return changes.failures

    @staticmethod
    def _is_at_work(state: LiveState) -> bool:
        return state.instance is not None and not state.cleared and not state.over

    @staticmethod
    def _is_unsent(state: LiveState) -> bool:
        if state.cleared or state.over:
            return False
        return any(slot.dirty for name, slot in state.slots.items() if name not in state.failed)

    def _reconnect(self, state: LiveState, deadline: float) -> bool:
        """Makes sure of a life on the present connection. Returns whether the state had to be read
        again."""
        session = self._session
        generation = session.connect(deadline)
        if state.life is not None and state.generation == generation:
            return False
        session.refresh(state, deadline=deadline)
        return True

    def wait(self, state: LiveState, deadline: float) -> None:
        """Waits until no write of this state is under way."""
        if any(ticket.state is state for ticket in self._tickets):
            self._read_answers(deadline)

    def _read_answers(self, deadline: float) -> None:
        """Reads the answers. @raises PersistError if they do not come in time, Disconnected"""
        lost = False
        while self._tickets:
            ticket = self._tickets[0]
            try:
                answer = ticket.reply.wait(deadline)[0]
            except Disconnected:
                lost = True
                reject(ticket.state, ticket.changes)
            except PersistError as error:
                if not ticket.reply.done:
                    # The answers may still come, but their outcome is unknown. So everything is
                    # written again.
                    for late in self._tickets:
                        reject(late.state, late.changes)
                    self._tickets = []
                    raise
                reject(ticket.state, ticket.changes)
                self._failures.append(error)
            else:
                self._answered(ticket, answer)
            self._tickets.pop(0)
        if lost:
            raise Disconnected

    def _answered(self, ticket: Ticket, answer: dict[str, Any]) -> None:
        state = ticket.state
        if answer["outcome"] == "written":
            acknowledge(state, ticket.changes, answer)
            return
        if not state.cleared:
            _LOG.warning("Late changes to %s were dropped: it was cleared meanwhile", state.registration.name)
            state.over = True

    def forget(self, state: LiveState) -> None:
        self._tickets = [ticket for ticket in self._tickets if ticket.state is not state]
