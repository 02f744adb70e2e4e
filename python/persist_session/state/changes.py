"""Collects what has changed since the last read or write, and notes how the write ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..errors import PersistError
from .live_state import LiveState
from .slot import Cell, Slot


@dataclass
class Changes:
    set: dict[str, bytes] = field(default_factory=dict)
    # Values for names that were never stored. They are added to a write that happens anyway.
    defaults: dict[str, bytes] = field(default_factory=dict)
    remove: list[str] = field(default_factory=list)
    failures: list[PersistError] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.set or self.remove)


def collect(state: LiveState) -> Changes:
    """Compares assigned and handed out values with what is stored. An untouched attribute costs one
    check."""
    changes = Changes()
    _notice_names(state)
    for name, slot in list(state.slots.items()):
        if slot.gone:
            if slot.dirty:
                changes.remove.append(name)
        elif slot.loaded and (slot.touched or slot.dirty):
            _compare(state, name, slot, changes)
    if changes:
        add_defaults(state, changes)
    return changes


def add_defaults(state: LiveState, changes: Changes) -> None:
    """Adds the defaults to a write that happens anyway."""
    changes.remove.extend(sorted(state.unwanted))
    for name, slot in state.slots.items():
        if slot.cell is not None or slot.sent is not None or slot.gone or slot.implicit or name in changes.set:
            continue
        if slot.default is None:
            try:
                slot.default = _encode_steadily(state, name, slot.value)
            except PersistError as error:
                _fail(state, name, error, changes)
                continue
        changes.defaults[name] = slot.default


def _compare(state: LiveState, name: str, slot: Slot, changes: Changes) -> None:
    try:
        content = _encode_steadily(state, name, slot.value)
    except PersistError as error:
        _fail(state, name, error, changes)
        return
    state.failed.discard(name)
    if slot.dirty or not state.is_stored(name, slot, content):
        changes.set[name] = content


def _encode_steadily(state: LiveState, name: str, value: Any) -> bytes:
    """Encodes an object again if a newer run of the session changes it meanwhile.

    @raises PersistError also if code of the app's own classes fails. The other attributes are still
    stored
    """
    for left in range(20, -1, -1):
        try:
            return state.encode(name, value)
        except PersistError:
            raise
        except Exception as error:
            changing = isinstance(error, RuntimeError) and ("changed size" in str(error) or "mutated" in str(error))
            if changing and left > 0:
                continue
            raise PersistError(
                "ERR_VALUE_UNSUPPORTED",
                f"{state.registration.name}.{name} could not be read to be stored ({type(error).__name__}). "
                "The log says where. Keep it out with transient=(…,) if it is not to be stored.",
            ) from error
    raise AssertionError


def _fail(state: LiveState, name: str, error: PersistError, changes: Changes) -> None:
    state.failed.add(name)
    changes.failures.append(error)


def _notice_names(state: LiveState) -> None:
    """Finds attributes that were set or deleted without the state noticing: by object.__setattr__,
    or in the dictionary."""
    content: dict[str, Any] = object.__getattribute__(state.instance, "__dict__")
    for name, value in list(content.items()):
        slot = state.slots.get(name)
        if slot is None:
            if not state.registration.is_kept(name, value):
                continue
            slot = state.slots[name] = Slot()
        elif (slot.loaded and slot.value is value) or not state.registration.is_kept(name, value):
            continue
        slot.hold(value)
        slot.implicit = False
        slot.touched = True
    for name, slot in state.slots.items():
        if slot.loaded and name not in content:
            state.forget_value(slot)
            slot.dirty = True


def mark_sent(state: LiveState, changes: Changes) -> None:
    for name, content in (*changes.set.items(), *changes.defaults.items()):
        slot = state.slots.setdefault(name, Slot())
        slot.sent = content
        slot.dirty = False
        slot.implicit = False
    for name in changes.remove:
        state.unwanted.discard(name)
        if name in state.slots:
            state.slots[name].dirty = False


def acknowledge(state: LiveState, changes: Changes, answer: dict[str, Any]) -> None:
    """The write is durable."""
    version = answer["version"]
    # If another writer came in between, the next restore still asks for everything since the known
    # version.
    if answer["previous"] == (state.version if state.present else 0):
        state.version = version
    state.present = True
    state.epoch = answer["epoch"]
    for name, content in (*changes.set.items(), *changes.defaults.items()):
        slot = state.slots.get(name)
        if slot is None:
            continue
        slot.cell = Cell(version, content)
        slot.own = content
        slot.refused = False
        if slot.sent is content:
            slot.sent = None
    for name in changes.remove:
        slot = state.slots.get(name)
        if slot is not None and (slot.gone or slot.implicit):
            slot.cell = Cell(version, None)


def reject(state: LiveState, changes: Changes) -> None:
    """The write was not done, or its outcome is unknown: it must be written again."""
    for name, content in changes.set.items():
        slot = state.slots.get(name)
        if slot is not None and slot.sent is content:
            slot.sent = None
            slot.dirty = True
    for name, content in changes.defaults.items():
        slot = state.slots.get(name)
        if slot is not None and slot.sent is content:
            slot.sent = None
    for name in changes.remove:
        slot = state.slots.get(name)
        if slot is not None and (slot.gone or slot.implicit):
            slot.dirty = True
        elif slot is None and state.registration.is_in_memory(name):
            state.unwanted.add(name)
