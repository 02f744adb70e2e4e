"""Keeps the content of one Streamlit session's state, and lets a fresh session start with it."""

from __future__ import annotations

import json
import logging
import os
import threading
import time
import uuid
from typing import Any

from ...errors import PersistError
from ...service import Disconnected
from ...session import Session
from ..callers import is_whole_run
from ..loads import LOADS
from ..resume import EDITORS, is_shown_again, show_again
from .encoded import KEY, WIDGET, Encoded, Encoder, Unkept, encoded, tell
from .gather import Gathered, gather, has_values
from .namespace import AppNamespace, scopes_of_run
from .person import LOGIN, Person, is_same, person_now, user_now, written
from .record import Conflict, Ended, TabRecord
from .restored import fill, forget_undrawn, still_waiting, waiting
from .settings import KeepSettings
from .withheld import Withheld
from .worker import Worker

_LOG = logging.getLogger("persist_session")

RUN = "run"
"""The attribute that says which Streamlit session has written last, and when its run began."""

SOON = 0.25
"""This many seconds after a run its changes are stored, unless another run begins meanwhile."""
WHILE_LOADING = 0.75
"""The same while pages load: they get the CPU first, and storing would slow them down."""
AT_LATEST = 1.0
"""After this many seconds they are stored at the end of the next run, however soon another one may
begin."""
PATIENCE = 5.0
PATIENCE_AT_FIRST = 20.0
"""If the record is not read within this many seconds, the tab starts without it. It is longer than
`PATIENCE` because all tabs reconnect at once after a restart."""
AGAIN = 1.0
MAX_ROUNDS = 8


class Keeper:
    def __init__(self, session: Session, state: Any, context: Any, settings: KeepSettings, withheld: Withheld, worker: Worker) -> None:
        self._session = session
        self._state = state
        self._id: str = context.session_id
        script = getattr(context, "main_script_path", None)
        self._directory = None if script is None else os.path.dirname(str(script))
        self._settings = settings
        self._withheld = withheld
        self._worker = worker
        self._lock = threading.RLock()
        self._record = TabRecord(session)
        self._encoder = Encoder(settings)
        self._me = uuid.uuid4().hex
        self._began = 0
        self._user = user_now(context)
        self._person: Person | None = None
        self._stored_person: Person | None = None
        self._stored: dict[str, bytes] = {}
        self._namespace = AppNamespace([], self._directory)
        self._unstored_since: float | None = None
        self._latest = 0.0
        self._deleted: set[str] = set()
        self._is_outdated = False
        self.runs = 0
        self.is_off = False

    # Runs

    def begin(self) -> None:
        """On the script's thread, before the first line of the session's first run."""
        try:
            attributes = self._record.read(time.monotonic() + PATIENCE_AT_FIRST)
        except PersistError as error:
            # What is stored stays: nothing of this session goes over it.
            self.is_off = True
            if error.code != "ERR_NO_GATEWAY":
                _LOG.error("persist-session: a tab begins without what was kept of it: %s", error.message)
            return
        if self._session.handle.ephemeral:
            self.is_off = True
            return
        if not attributes:
            return
        self._stored = {name: encoded(content).fingerprint for name, content in attributes.items()}
        if not is_same(attributes.get(LOGIN), self._user, self._id):
            self._clear(PATIENCE)
            return
        if has_values(self._state):
            # A live session counts: it began before keep was there.
            return
        try:
            fill(self._state, attributes, self._directory, self._settings, self._adopt)
        except PersistError as error:
            _LOG.error("persist-session: a tab begins anew, because a part of what was kept of it cannot be read: %s", error.message)
            return
        show_again(self._id, self._session)

    def _adopt(self, widget_id: str, base: dict[str, Any]) -> None:
        EDITORS.adopt(self._id, self._session, widget_id, base)

    def started(self) -> None:
        """On the script's thread, before the first line of each run."""
        self._began = time.time_ns() // 1_000_000
        self._is_outdated = False
        self.runs += 1

    def ended(self, context: Any, event: str) -> None:
        """On the script's thread, at the end of each run. What was deleted is not stored any more
        when this returns."""
        if self.is_off:
            return
        self._namespace = AppNamespace(scopes, self._directory) if (scopes := scopes_of_run()) else self._namespace
        if event == "SCRIPT_STOPPED_WITH_SUCCESS" and is_whole_run():
            forget_undrawn(self._state)
        user = user_now(context)
        self._person = person_now(user, self._id)
        if user != self._user or self._person is None:
            # No page may get this session back.
            self.is_off = user != self._user
            self._unstored_since = None
            self._clear(PATIENCE)
            return
        if self._session.is_running:
            return
        now = time.monotonic()
        if self._unstored_since is None:
            self._unstored_since = now
        if not self._deleted.isdisjoint(self._stored):
            self._attempt(PATIENCE)
        else:
            at_latest = self._unstored_since + AT_LATEST
            self._latest = min(now + WHILE_LOADING, at_latest)
            self._worker.at(min(now + SOON, at_latest), self.check)

    def deleted(self, key: str) -> None:
        """The app is about to delete a key, within a run."""
        self._deleted.update((KEY + key, WIDGET + self._state._get_widget_id(key)))

    def check(self) -> None:
        """Stores what has changed. On the worker's thread."""
        if self.is_off or self._session.is_running:
            return
        moment = min(LOADS.over(), self._latest)
        if moment > time.monotonic():
            self._worker.at(moment, self.check)
        else:
            self._attempt(PATIENCE)

    def drop(self) -> None:
        """Streamlit has dropped the session."""
        self._worker.drop(self.check)
        if not self.is_off and self._unstored_since is not None:
            self._attempt(AGAIN)
        # Until then it says what no run has drawn yet, and so has to stay in the record.
        waiting.pop(id(self._state), None)
        self.is_off = True

    def discard(self) -> None:
        """What was kept cannot be made by the app's present code: the session begins anew, without
        it."""
        waiting.pop(id(self._state), None)
        self._clear(PATIENCE)
        self._state.clear()

    # The store

    def _attempt(self, patience: float) -> None:
        with self._lock:
            if self._person is None or self._is_outdated:
                return
            try:
                self._store(time.monotonic() + patience)
            except (PersistError, Disconnected) as error:
                _LOG.warning("persist-session: the session state of a tab could not be stored: %s", getattr(error, "message", error))
                if getattr(error, "code", "") in ("ERR_SESSION_ENDED", "ERR_NO_GATEWAY", "ERR_SERVICE_REFUSED", "ERR_SERVICE_PROTOCOL"):
                    self.is_off = True
                else:
                    self._worker.at(time.monotonic() + AGAIN, self.check)

    def _store(self, deadline: float) -> None:
        run = self._session.newest
        try:
            gathered = gather(self._state, self._withheld, is_shown_again, lambda widget_id: EDITORS.base_of(self._id, widget_id))
            found = self._encoder.encode(gathered, self._namespace)
        except Unkept as unkept:
            if self._is_between_runs(run):
                tell(unkept)
                self._clear(deadline - time.monotonic())
                self._all_stored()
            return
        except Exception:
            if self._is_between_runs(run):
                raise
            return
        # A run that has begun meanwhile may have changed a part of it. Its end stores all.
        if self._is_between_runs(run):
            self._write(found, gathered, deadline)

    def _is_between_runs(self, run: int) -> bool:
        return self._session.newest == run and not self._session.is_running

    def _write(self, found: dict[str, Encoded], gathered: Gathered, deadline: float) -> None:
        held = {WIDGET + widget_id for widget_id in still_waiting(self._state)}
        if not found and held.isdisjoint(self._stored):
            self._clear(deadline - time.monotonic())
            self._all_stored()
            return
        for _ in range(MAX_ROUNDS):
            changed = {name: one for name, one in found.items() if self._stored.get(name) != one.fingerprint}
            removed = [name for name in self._stored if name not in found and name not in held and name not in (LOGIN, RUN)]
            is_other = self._person != self._stored_person or LOGIN not in self._stored
            if not changed and not removed and not (is_other and self._stored_person is not None):
                self._all_stored()
                return
            if any(one.content is None for one in changed.values()):
                found = self._encoder.encode(gathered, self._namespace, all_anew=True)
                continue
            contents = {name: one.content for name, one in changed.items() if one.content is not None}
            if is_other and self._person is not None:
                contents[LOGIN] = written(self._person)
            contents[RUN] = b"J" + json.dumps([self._me, self._began]).encode()
            try:
                self._record.write(contents, removed, deadline)
            except (Conflict, Disconnected):
                if not self._read_again(deadline):
                    return
                continue
            except Ended:
                if not self._goes_on(found, gathered):
                    return
                continue
            self._stored_person = self._person
            for name in removed:
                del self._stored[name]
            self._stored.update({name: encoded(content).fingerprint for name, content in contents.items()})
            self._all_stored()
            return
        raise PersistError("ERR_CONFLICT", "Others kept changing the record of a tab.")

    def _read_again(self, deadline: float) -> bool:
        """Reads what another has stored, or this session itself before its connection broke.
        Returns whether this session may continue."""
        attributes = self._record.read(deadline)
        self._stored = {name: encoded(content).fingerprint for name, content in attributes.items()}
        self._stored_person = None
        try:
            by, began = json.loads(attributes[RUN][1:])
        except (KeyError, ValueError, TypeError):
            return True
        if by != self._me and began > self._began:
            # The tab has gone on elsewhere. If it comes back here, its next run is the newer one.
            self._is_outdated = True
        return not self._is_outdated

    def _goes_on(self, found: dict[str, Encoded], gathered: Gathered) -> bool:
        """The record was ended. Returns whether nothing of its content is left in the session
        state: then this session may store again."""
        without_key = {WIDGET + widget_id for widget_id, widget in gathered.widgets.items() if widget.user_key is None}
        if not found.keys() & self._stored.keys() <= self._deleted | without_key:
            self.is_off = True
            return False
        self._stored = {}
        return True

    def _clear(self, patience: float) -> None:
        self._stored, self._stored_person = {}, None
        self._deleted.clear()
        try:
            self._record.clear(time.monotonic() + max(patience, 0.1))
        except (PersistError, Disconnected) as error:
            if getattr(error, "code", "") != "ERR_SESSION_ENDED":
                _LOG.warning("persist-session: what is kept of a tab could not be cleared: %s", getattr(error, "message", error))
                self.is_off = True

    def _all_stored(self) -> None:
        self._unstored_since = None
        self._deleted.clear()
