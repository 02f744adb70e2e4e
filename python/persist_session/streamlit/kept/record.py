"""The record of a tab at the state service: what stands in its session state, one attribute for
each key."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from ...errors import PersistError
from ...service import Disconnected, Reply
from ...session import Session

STATE = "st.session_state"
"""The record's name: no class can have it."""


class Conflict(Exception):
    """The record is not as it was read."""


class Ended(Exception):
    """This life of the record is over: nothing more may be stored in it."""


class TabRecord:
    """The record as one Streamlit session knows it. Writes are exact: each names the version that
    was read or written last.

    A script thread waits for its session's lock at the start of a run, so it is held only while
    requests are sent.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._life: int | None = None
        self._generation = 0
        self._version = 0
        self._exists = False

    @property
    def exists(self) -> bool:
        return self._exists

    def read(self, deadline: float) -> dict[str, bytes]:
        """All attributes; none if nothing is stored.

        @raises PersistError
        """
        while True:
            try:
                generation, reply = self._send("restore", {"state": STATE, "owner": "tab"}, deadline)
                header, blobs = reply.wait(deadline)
            except Disconnected:
                continue
            self._life, self._generation = header["life"], generation
            self._version, self._exists = header["version"], header["status"] != "absent"
            if header.get("refused"):
                raise PersistError("ERR_DECODE", f"The seal of {len(header['refused'])} kept values does not hold.")
            return {name: blob for (name, _), blob in zip(header["attributes"], blobs, strict=True)}

    def write(self, changed: Mapping[str, bytes], removed: Iterable[str], deadline: float) -> None:
        """Stores changes, all of them or none.

        @raises Conflict, Ended, Disconnected: it is unknown whether they were stored
        @raises PersistError
        """
        if self._life is None or self._generation != self._session.link.generation:
            raise Conflict
        fields = {
            "life": self._life,
            "schema": 1,
            "set": list(changed),
            "remove": list(removed),
            "base": self._version if self._exists else "absent",
            "commit": uuid.uuid4().hex,
        }
        _, reply = self._send("write", fields, deadline, list(changed.values()))
        answer = reply.wait(deadline)[0]
        if answer["outcome"] == "conflict":
            raise Conflict
        if answer["outcome"] == "ended":
            self._life = None
            raise Ended
        self._version, self._exists = answer["version"], True

    def clear(self, deadline: float) -> None:
        """Ends this life of the record: nothing of it comes back. @raises PersistError"""
        while True:
            try:
                if self._life is None or self._generation != self._session.link.generation:
                    self.read(deadline)
                if self._exists:
                    self._send("clear", {"life": self._life}, deadline)[1].wait(deadline)
            except Disconnected:
                if time.monotonic() >= deadline:
                    raise
                continue
            self._life, self._exists, self._version = None, False, 0
            return

    def _send(self, op: str, fields: dict[str, Any], deadline: float, blobs: list[bytes] | None = None) -> tuple[int, Reply]:
        session = self._session
        with session.lock:
            generation = session.connect(deadline)
            if "life" in fields and generation != self._generation:
                raise Disconnected
            reply = session.link.send(generation, op, {"handle": session.handle.number, **fields}, blobs or [])
        return generation, reply
