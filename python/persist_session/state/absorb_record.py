"""Brings the object that the app holds up to the record that the service gave."""

from __future__ import annotations

import enum
import logging
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Container
from typing import Any

from ..errors import PersistError
from ..service import Frame
from .arguments import check_arguments
from .live_state import LiveState
from .registration import FUNCTIONS, Registration
from .slot import Cell, Slot

_LOG = logging.getLogger("persist_session")
# Values whose text names a class: the main script's next run makes another class of that name.
_CLASS_TAGS = (b'"$dataclass"', b'"$model"', b'"$enum"', b'"$flag"', b'"$namedtuple"', b'"$defaultdict"')


def absorb(state: LiveState, frame: Frame) -> bool:
    """Brings the object up to what a restore found. Fills it afresh the first time, and for a new
    life of the record.

    @returns whether the state is new: made by the constructor alone
    """
    header, blobs = frame
    status = header["status"]
    epoch = header["epoch"]
    same_life = state.instance is not None and not state.cleared and not state.over and _is_same(state, status, epoch)
    if not same_life:
        if state.instance is not None and any(slot.dirty for slot in state.slots.values()):
            _LOG.warning("Late changes to %s were dropped: it was cleared meanwhile", state.registration.name)
        state.slots = {}
        state.failed = set()
        state.unwanted = set()
    state.cleared = state.over = state.moved = False
    state.life = header["life"]
    state.epoch = epoch
    state.present = status != "absent"
    if status != "unchanged" or not same_life:
        state.version = header["version"]
    cells = {name: Cell(version, blob) for (name, version), blob in zip(header["attributes"], blobs, strict=True)}
    cells.update({name: Cell(version, None) for name, version in header["removed"]})
    for name in [name for name in cells if state.registration.is_in_memory(name)]:
        # An older release stored it.
        if cells.pop(name).content is not None:
            state.unwanted.add(name)
    if not same_life:
        _fill(state, cells)
    else:
        for name, cell in cells.items():
            _follow(state, name, cell)
        if status == "whole":
            for name in [name for name, slot in state.slots.items() if slot.cell is not None and name not in cells]:
                _follow(state, name, Cell(header["version"], None))
    for name in header["refused"]:
        if state.registration.is_in_memory(name):
            state.unwanted.add(name)
            continue
        slot = state.slots.setdefault(name, Slot())
        if not slot.dirty:
            slot.unload()
            object.__getattribute__(state.instance, "__dict__").pop(name, None)
            slot.cell = Cell(header["version"], b"")
            slot.refused = True
    return not same_life and not state.present


def _is_same(state: LiveState, status: str, epoch: int) -> bool:
    if status in ("changes", "unchanged"):
        return True
    if state.moved:
        # The record has another epoch there. If it is gone, it was cleared since.
        return status != "absent" or not state.present
    if status == "absent":
        return not state.present and (state.epoch is None or state.epoch == epoch)
    # It was absent. Since then another writer has created it, or our own first write did, whose
    # answer was lost.
    return not state.present or state.epoch == epoch


def _fill(state: LiveState, cells: dict[str, Cell]) -> None:
    """Begins a new life. The constructor runs only if nothing is stored, or if its defaults are
    needed."""
    for name, cell in cells.items():
        slot = state.slots[name] = Slot(cell)
        slot.gone = cell.content is None
    registration = state.registration
    if state.instance is not None:
        content = _content(state.instance)
        # Functions that the constructor made may be bound to this very object.
        for name in [name for name, value in content.items() if not isinstance(value, FUNCTIONS)]:
            del content[name]
        complete_with_defaults(state)
    elif cells and _is_complete(state, {}):
        state.instance = registration.raw_instance(state.arguments.positional, state.arguments.named)
        _content(state.instance).clear()
    else:
        state.instance = _constructed(state)
        content = _content(state.instance)
        for name in cells:
            content.pop(name, None)
        _take_defaults(state, content)


def _constructed(state: LiveState) -> Any:
    """@raises PersistError `ERR_CLASS_ARGUMENTS` if something is stored, and the app did not expect
    the constructor to run"""
    if state.present:
        check_arguments(state.registration, state.arguments)
    return state.registration.constructed(state.arguments.positional, state.arguments.named)


def _is_complete(state: LiveState, content: Container[str]) -> bool:
    """Whether the constructor would add nothing."""
    declared = state.registration.declared
    return declared is not None and declared.attributes <= state.slots.keys() and all(name in content for name in declared.others)


def complete_with_defaults(state: LiveState) -> None:
    """Gives attributes that the record lacks the class's default, taken from a scratch object."""
    content = _content(state.instance)
    if _is_complete(state, content):
        return
    scratch = _content(_constructed(state))
    missing = {name: value for name, value in scratch.items() if name not in state.slots and name not in content}
    content.update(missing)
    _take_defaults(state, missing)


def _take_defaults(state: LiveState, content: dict[str, Any]) -> None:
    for name, value in content.items():
        if state.registration.is_kept(name, value):
            slot = state.slots[name] = Slot()
            slot.hold(value)


def _follow(state: LiveState, name: str, cell: Cell) -> None:
    """Attributes that the app has not changed follow the store. Those that it has changed stay, and
    are written."""
    slot = state.slots.get(name)
    if slot is None:
        if cell.content is not None or registration_declares(state.registration, name):
            slot = state.slots[name] = Slot(cell)
            slot.gone = cell.content is None
        return
    if slot.cell == cell:
        return
    if slot.dirty or slot.sent is not None or _changed_in_place(state, name, slot):
        slot.cell = cell
        slot.own = None
        return
    content = _content(state.instance)
    held = slot.value if slot.loaded else None
    slot.cell = cell
    slot.own = None
    slot.refused = False
    slot.implicit = False
    slot.unload()
    slot.gone = cell.content is None
    if cell.content is None:
        content.pop(name, None)
        return
    if type(held) in _RENEWABLE:
        _renew(state, name, slot, held)
    else:
        content.pop(name, None)


def registration_declares(registration: Registration, name: str) -> bool:
    declared = registration.declared
    return declared is not None and name in declared.attributes


_RENEWABLE = (list, dict, set, bytearray, deque, Counter, OrderedDict, defaultdict)


def _renew(state: LiveState, name: str, slot: Slot, held: Any) -> None:
    """Updates the object that the app may still hold in place, so it stays a part of the state."""
    stored = slot.cell.content if slot.cell is not None else None
    assert stored is not None
    content = _content(state.instance)
    try:
        newer = state.decode(name, stored)
    except PersistError:
        content.pop(name, None)
        return
    if type(newer) is not type(held) or (isinstance(held, deque) and held.maxlen != newer.maxlen):
        held = newer
    elif isinstance(held, deque):
        held.clear()
        held.extend(newer)
    elif isinstance(held, (list, bytearray)):
        held[:] = newer
    else:
        held.clear()
        held.update(newer)
        if isinstance(held, defaultdict):
            held.default_factory = newer.default_factory
    content[name] = held
    slot.hold(held)


def _changed_in_place(state: LiveState, name: str, slot: Slot) -> bool:
    if not slot.touched or not slot.loaded:
        return False
    try:
        return not state.is_stored(name, slot, state.encode(name, slot.value))
    except PersistError:
        # A value that cannot be stored differs from what is stored. The end of the run will report
        # it.
        return True


def take_over(state: LiveState, registration: Registration) -> bool:
    """Gives the object the class that the main script's new run has made. False if the two
    do not fit."""
    before = state.registration
    try:
        object.__setattr__(state.instance, "__class__", registration.cls)
    except TypeError:
        return False
    state.registration = registration
    for slot in state.slots.values():
        stored = slot.sent if slot.sent is not None else slot.cell.content if slot.cell is not None else b"P"
        if slot.loaded and not slot.atomic and stored is not None:
            slot.stale = stored[:1] == b"P" or any(tag in stored for tag in _CLASS_TAGS)
        elif slot.loaded and isinstance(slot.value, enum.Enum):
            slot.stale = True
    if before.code != registration.code:
        complete_with_defaults(state)
    return True


def _content(instance: Any) -> dict[str, Any]:
    content: dict[str, Any] = object.__getattribute__(instance, "__dict__")
    return content
