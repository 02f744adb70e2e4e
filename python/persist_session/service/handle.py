"""A Streamlit session's handle at the state service, over reconnects of the page and of the
service."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any

from ..errors import PersistError
from .link import Link, Push
from .reply import Disconnected, Reply

# How long the end of a session waits for the service.
PATIENCE = 5.0


class Handle:
    """Opened by the gateway's assertion about the page's connection. On a new connection to the
    service, opened again by the credential that the service gave."""

    def __init__(self, link: Link, push: Push) -> None:
        self.link = link
        self._push = push
        self.number: int | None = None
        self.generation = 0
        self.session = ""
        self.tab: str | None = None
        self.ephemeral = False
        self._header: str | None = None
        self._credential: str | None = None
        self._opening: tuple[int, Reply, str | None] | None = None

    def announce(self, header: str | None) -> None:
        """Sends `open` at the start of a run, without waiting. A failure is reported when the
        handle is needed."""
        try:
            generation = self.link.generation
            if generation > 0 and self._opening is None:
                self._begin(generation, header)
        except Exception:
            self._opening = None

    def ensure(self, generation: int, header: str | None, deadline: float) -> bool:
        """Makes sure of a handle on this connection. Returns whether it belongs to another session
        than before.

        @raises PersistError, Disconnected
        """
        opening = self._opening
        # The open under way may be for the page's former connection, whose session may be over.
        stale = opening is not None and header is not None and header != (opening[2] or self._header)
        try:
            other = self._ensure(generation, header, deadline)
        except PersistError:
            if not stale:
                raise
            other = False
        return (self._ensure(generation, header, deadline) or other) if stale else other

    def _ensure(self, generation: int, header: str | None, deadline: float) -> bool:
        if self._opening is None or self._opening[0] != generation:
            self._opening = None
            self._begin(generation, header)
        if self._opening is None:
            return False
        _, reply, used = self._opening
        try:
            answer = reply.wait(deadline)[0]
        except PersistError as error:
            self._opening = None
            if error.code != "ERR_SERVICE_REFUSED" or used is None or self._credential is None or self._is_other(used):
                raise
            # The page has been connected for longer than the assertion lives.
            answer = self._open(generation, {"credential": self._credential}).wait(deadline)[0]
        self._opening = None
        return self._opened(generation, answer, used)

    def _begin(self, generation: int, header: str | None) -> None:
        alive = self.number is not None and self.generation == generation
        if alive and (header is None or header == self._header):
            return
        if alive and header is not None and not self._is_other(header):
            self._header = header
            return
        if header is not None and (header != self._header or self._credential is None):
            self._opening = (generation, self._open(generation, {"assertion": header}), header)
        elif self._credential is not None:
            self._opening = (generation, self._open(generation, {"credential": self._credential}), None)
        else:
            raise PersistError(
                "ERR_NO_GATEWAY",
                "This page did not come through the gateway of persist-session, which says whose it is. "
                "Open the address that `persist-session run app.py` prints, not Streamlit's own.",
            )

    def _open(self, generation: int, fields: dict[str, Any]) -> Reply:
        replaces = {"replaces": self.number} if self.number is not None and self.generation == generation else {}
        return self.link.send(generation, "open", {**fields, **replaces})

    def _opened(self, generation: int, answer: dict[str, Any], used: str | None) -> bool:
        other = self.session not in ("", answer["session"])
        if self.number is not None:
            self.link.listen(self.generation, self.number, None)
        self.number = answer["handle"]
        self.generation = generation
        self.session = answer["session"]
        self.tab = answer.get("tab")
        self.ephemeral = bool(answer.get("ephemeral"))
        self._credential = answer["credential"]
        self._header = used if used is not None else self._header
        self.link.listen(generation, answer["handle"], self._push)
        return other

    def moved(self, answer: dict[str, Any]) -> None:
        """Moves to another session id."""
        self.session = answer["session"]
        self._credential = answer.get("credential", self._credential)

    def close(self) -> None:
        """Waits for requests under way, for some seconds at most."""
        opening, self._opening = self._opening, None
        if opening is not None:
            # Opened at the start of a run that then used no state.
            try:
                self._opened(opening[0], opening[1].wait(time.monotonic() + PATIENCE)[0], opening[2])
            except (Disconnected, PersistError):
                pass
        if self.number is None or self.generation != self.link.generation:
            return
        self.link.listen(self.generation, self.number, None)
        try:
            self.link.send(self.generation, "close", {"handle": self.number})
        except Exception:
            # The handle went with its connection.
            pass

    def _is_other(self, header: str) -> bool:
        """Whether an assertion names another session or tab than this handle's. The service
        verifies it; this check only saves a round trip."""
        claims = read_claims(header)
        return claims.get("s") != self.session or claims.get("t") != self.tab


def read_claims(header: str) -> dict[str, Any]:
    payload = header.partition(".")[0]
    decode: Callable[[str], bytes] = base64.urlsafe_b64decode
    try:
        claims = json.loads(decode(payload + "=" * (-len(payload) % 4)))
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) else {}
