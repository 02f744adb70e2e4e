"""A state service in memory: the protocol's semantics without Node, for tests."""

from __future__ import annotations

import itertools
import json
import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import PersistError

Header = dict[str, Any]
Answer = tuple[Header, list[bytes]]


@dataclass
class Record:
    epoch: int
    schema: int
    version: int = 0
    cells: dict[str, tuple[int, bytes | None]] = field(default_factory=dict)


@dataclass
class Life:
    owner: str
    state: str
    epoch: int
    living: bool
    seen: int
    over: bool = False
    watched: bool = False
    told: bool = False


@dataclass
class HandleEntry:
    session: str
    tab: str | None
    push: Callable[[Header], None]
    lives: dict[int, Life] = field(default_factory=dict)


class MemoryService:
    """One store and its clients. Requests are handled one after the other."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.records: dict[tuple[str, str], Record] = {}
        self.ended: set[str] = set()
        self.handles: dict[int, HandleEntry] = {}
        self.requests: list[str] = []
        # What became of a write, by its commit id.
        self._done: dict[str | None, Header] = {}
        self._numbers = itertools.count(1)
        self._epochs = itertools.count(1)

    def handle(self, header: Header, blobs: Sequence[bytes], push: Callable[[Header], None]) -> Answer:
        """The answer to one request, with `id` and `ok`."""
        op = str(header.get("op"))
        with self.lock:
            self.requests.append(op)
            try:
                operation: Callable[..., Answer] = getattr(self, f"_{op}")
                fields, content = operation(header, blobs, push)
            except PersistError as error:
                described = {"code": error.code, "message": error.message}
                return {"id": header["id"], "ok": False, "error": described}, []
            return {"id": header["id"], "ok": True, **fields}, content

    def forget(self, push: Callable[[Header], None]) -> None:
        """Notes that a connection is gone."""
        with self.lock:
            for number in [number for number, entry in self.handles.items() if entry.push == push]:
                del self.handles[number]

    def _hello(self, header: Header, blobs: Sequence[bytes], push: Callable[[Header], None]) -> Answer:
        limits = {"attribute": 16 * 1024 * 1024, "session": 64 * 1024 * 1024}
        return {"protocol": 1, "service": "memory", "boot": "test", "limits": limits}, []

    def _open(self, header: Header, blobs: Sequence[bytes], push: Callable[[Header], None]) -> Answer:
        who = json.loads(header.get("assertion") or header["credential"])
        session, tab = who["s"], who["t"]
        if session in self.ended:
            raise _ended()
        number = next(self._numbers)
        entry = HandleEntry(session, tab, push)
        old = self.handles.pop(header.get("replaces", -1), None)
        if old is not None and old.session == session:
            entry.lives = old.lives
        self.handles[number] = entry
        return {**self._described(entry), "handle": number, "cookie": "persist-session", "isNew": False}, []

    def _described(self, entry: HandleEntry) -> Header:
        credential = json.dumps({"s": entry.session, "t": entry.tab})
        return {"session": entry.session, "tab": entry.tab, "ephemeral": False, "credential": credential}

    def _close(self, header: Header, blobs: Sequence[bytes], push: Callable[[Header], None]) -> Answer:
        self.handles.pop(header["handle"], None)
        return {}, []

    def _entry(self, header: Header) -> HandleEntry:
        entry = self.handles.get(header["handle"])
        if entry is None:
            raise PersistError("ERR_SERVICE_PROTOCOL", "The handle is not open.")
        return entry

    def _living(self, header: Header) -> HandleEntry:
        entry = self._entry(header)
        if entry.session in self.ended:
            raise _ended()
        return entry

    def _restore(self, header: Header, blobs: Sequence[bytes], push: Callable[[Header], None]) -> Answer:
        entry = self._living(header)
        state = header["state"]
        owner = _owner(entry, header)
        record = self.records.get((owner, state))
        known = header.get("known")
        whole = record is None or known is None or known["epoch"] != record.epoch
        attributes, removed, content = [], [], []
        for name, (version, blob) in (record.cells if record is not None else {}).items():
            if not whole and known is not None and version <= known["version"]:
                continue
            if blob is None:
                removed.append([name, version])
            else:
                attributes.append([name, version])
                content.append(blob)
        number, life = self._take(entry, owner, state, record)
        status = "absent" if record is None else "whole" if whole else "changes" if attributes or removed else "unchanged"
        point = {"epoch": life.epoch, "version": record.version if record else 0, "schema": record.schema if record else 0}
        listed = {"attributes": attributes, "removed": removed, "refused": []}
        return {"life": number, "session": entry.session, "status": status, **point, **listed}, content

    def _take(self, entry: HandleEntry, owner: str, state: str, record: Record | None) -> tuple[int, Life]:
        for number, life in entry.lives.items():
            if life.owner != owner or life.state != state or life.over:
                continue
            if record is None and not life.living:
                life.told = False
                return number, life
            if record is not None and (not life.living or life.epoch == record.epoch):
                life.epoch, life.living, life.seen, life.told = record.epoch, True, record.version, False
                return number, life
            life.over = True
        number = next(self._numbers)
        point = (record.epoch, True, record.version) if record is not None else (0, False, 0)
        life = entry.lives[number] = Life(owner, state, *point)
        return number, life

    def _write(self, header: Header, blobs: Sequence[bytes], push: Callable[[Header], None]) -> Answer:
        entry = self._entry(header)
        life = self._life(entry, header)
        record = self.records.get((life.owner, life.state))
        if entry.session in self.ended and not life.owner.startswith("u:"):
            raise _ended()
        if life.over or (life.living and (record is None or record.epoch != life.epoch)):
            life.over = True
            return {"outcome": "ended", "epoch": life.epoch, "version": 0, "previous": 0}, []
        done = self._done.get(header.get("commit"))
        if done is not None:
            return done, []
        base = header.get("base")
        version = record.version if record is not None else 0
        if base is not None and base != (version if record is not None else "absent"):
            return {"outcome": "conflict", "epoch": life.epoch, "version": version, "previous": version}, []
        if record is None:
            record = self.records[(life.owner, life.state)] = Record(next(self._epochs), header["schema"])
        # A merge never takes back what a newer release has migrated.
        if base is not None:
            record.schema = header["schema"]
        record.version = version + 1
        names = header.get("set", [])
        for name, blob in zip(names, blobs, strict=False):
            record.cells[name] = (record.version, bytes(blob))
        for name, blob in zip(header.get("defaults", []), blobs[len(names) :], strict=False):
            if name not in record.cells and record.schema == header["schema"]:
                record.cells[name] = (record.version, bytes(blob))
        for name in header.get("remove", []):
            record.cells[name] = (record.version, None)
        life.epoch, life.living = record.epoch, True
        life.seen = record.version if life.seen == version else life.seen
        self._tell(life)
        answer = {"outcome": "written", "epoch": record.epoch, "version": record.version, "previous": version}
        if "commit" in header:
            self._done[header["commit"]] = answer
        return answer, []

    def _life(self, entry: HandleEntry, header: Header) -> Life:
        life = entry.lives.get(header["life"])
        if life is None:
            raise PersistError("ERR_SERVICE_PROTOCOL", "The life is not one of this handle's.")
        return life

    def _tell(self, by: Life) -> None:
        for number, entry in self.handles.items():
            for life in entry.lives.values():
                if life is by or not life.watched or life.told or (life.owner, life.state) != (by.owner, by.state):
                    continue
                life.told = True
                entry.push({"push": "changed", "handle": number, "state": life.state})

    def _clear(self, header: Header, blobs: Sequence[bytes], push: Callable[[Header], None]) -> Answer:
        life = self._life(self._entry(header), header)
        record = self.records.get((life.owner, life.state))
        if not life.over and record is not None and (not life.living or record.epoch == life.epoch):
            del self.records[(life.owner, life.state)]
            self._tell(life)
        life.over = True
        return {}, []

    def _rotate(self, header: Header, blobs: Sequence[bytes], push: Callable[[Header], None]) -> Answer:
        entry = self._living(header)
        old, new = entry.session, str(uuid.uuid4())
        for (owner, state), record in list(self.records.items()):
            moved = _moved(owner, old, new)
            if moved != owner:
                self.records[(moved, state)] = self.records.pop((owner, state))
                record.epoch = next(self._epochs)
        entry.session = new
        for life in entry.lives.values():
            life.owner = _moved(life.owner, old, new)
            found = self.records.get((life.owner, life.state))
            life.epoch = found.epoch if found is not None else life.epoch
        self._end_others(old)
        return self._described(entry), []

    def _end(self, header: Header, blobs: Sequence[bytes], push: Callable[[Header], None]) -> Answer:
        entry = self._living(header)
        old = entry.session
        for owner, state in list(self.records):
            if _moved(owner, old, "") != owner:
                del self.records[(owner, state)]
        for life in entry.lives.values():
            life.over = life.over or not life.owner.startswith("u:")
        entry.session = str(uuid.uuid4())
        self._end_others(old)
        return self._described(entry), []

    def _end_others(self, session: str) -> None:
        self.ended.add(session)
        for number, entry in self.handles.items():
            if entry.session == session:
                entry.push({"push": "ended", "handle": number})

    def _watch(self, header: Header, blobs: Sequence[bytes], push: Callable[[Header], None]) -> Answer:
        self._life(self._entry(header), header).watched = True
        return {}, []

    def _unwatch(self, header: Header, blobs: Sequence[bytes], push: Callable[[Header], None]) -> Answer:
        self._life(self._entry(header), header).watched = False
        return {}, []


def _owner(entry: HandleEntry, header: Header) -> str:
    kind = header.get("owner", "browser")
    if kind == "user":
        user = header["user"]
        return f"u:{user.get('issuer', '')}:{user['subject']}"
    return f"t:{entry.session}:{entry.tab}" if kind == "tab" else f"b:{entry.session}"


def _moved(owner: str, old: str, new: str) -> str:
    for kind in ("b:", "t:"):
        if owner == kind + old or owner.startswith(f"{kind}{old}:"):
            return kind + new + owner[len(kind) + len(old) :]
    return owner


def _ended() -> PersistError:
    return PersistError("ERR_SESSION_ENDED", "The session of this page has ended. Reload the page.")
