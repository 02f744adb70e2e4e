"""An instance that the app works on, and what this process knows of its record."""

from __future__ import annotations

from typing import Any, Protocol

from .class_values import is_fixed, on_class, own_copy
from ..codec import names_old_classes, way_out
from ..errors import PersistError
from .reclass import reclass
from .registration import Registration
from .slot import Slot
from .values import DEFAULT_MARK, Values, registration_defaults

# The names that users of the package streamlit-persist-session may read.
_COMPATIBLE = frozenset(("_cookie_uuid", "_cookie_key", "_is_temp_placeholder", "_save_to_file"))


class Holder(Protocol):
    """Gave the state to the app: a Streamlit session, or an update."""

    lock: Any

    def check(self, state: LiveState, assigning: bool) -> None:
        """@raises PersistError if the running code may not read or assign the state"""
        ...

    def changed(self, state: LiveState, name: str, content: bytes | None) -> None:
        """An attribute was assigned, or deleted (None)."""
        ...

    def run_here(self) -> int:
        """The number of the script run of this thread; later ones are higher."""
        ...

    @property
    def session_id(self) -> str: ...

    @property
    def most_bytes(self) -> int: ...


class LiveState(Values):
    """The state behind an instance. The instance itself holds the values and nothing else."""

    def __init__(self, registration: Registration, holder: Holder) -> None:
        super().__init__(registration, holder)
        self.holder = holder
        self.slots: dict[str, Slot] = {}
        # The record's position, as this process knows it. The epoch is None before the first read.
        self.epoch: int | None = None
        self.version = 0
        self.present = False
        # The session has another id, and the record goes on there. Its epoch and versions must be
        # read again.
        self.moved = False
        # The service's number for this life, on the connection of this generation.
        self.life: int | None = None
        self.generation = 0
        # The run that brought it up to date.
        self.run = -1
        # Cleared by this session, or ended by another. Either way nothing more is stored of this
        # life.
        self.cleared = False
        self.over = False
        self.watched: tuple[int, int] | None = None
        # Attributes that could not be encoded.
        self.failed: set[str] = set()
        # Stored under names that the class now keeps only in memory. The next write removes
        # them.
        self.unwanted: set[str] = set()

    def give_back_all(self) -> None:
        """Ends a run: the objects that it was given count as returned."""
        for name, slot in self.slots.items():
            slot.touched = name in self.failed

    def is_of(self, cls: type) -> bool:
        """Whether the instance is of this very class, and not of a parent of it."""
        return self.registration.cls is cls

    # What the class's own attribute access comes to

    def read(self, instance: Any, name: str) -> Any:
        if name[:2] == "__":
            if name == "__dict__":
                self.holder.check(self, False)
                return self._expose()
            return self.registration.getattribute(instance, name)
        self.holder.check(self, False)
        slot = self.slots.get(name)
        if slot is None or slot.gone:
            if slot is None and name in _COMPATIBLE:
                return self._compatible(instance, name)
            value = self.registration.getattribute(instance, name)
            if is_fixed(value) or name in object.__getattribute__(instance, "__dict__"):
                return value
            return self._own_copy(name, value)
        if not slot.loaded:
            self._load(name, slot)
        elif slot.stale:
            self._renew_classes(name, slot)
        elif not slot.atomic and not slot.touched:
            self._touch(name, slot)
        return self.registration.getattribute(instance, name)

    def assign(self, instance: Any, name: str, value: Any) -> None:
        if name == "__class__":
            self.registration.setattr(instance, name, value)
            return
        self.holder.check(self, True)
        with self.holder.lock:
            run = self.holder.run_here()
            slot = self.slots.get(name)
            if slot is not None and run < slot.run:
                # An interrupted run goes on until its next call of Streamlit. The newer run's value
                # stays.
                return
            content = object.__getattribute__(instance, "__dict__")
            missing = name not in content
            before = content.get(name)
            if slot is not None and slot.loaded:
                self._keep_default(name, slot)
            self.registration.setattr(instance, name, value)
            if name not in content:
                # A property has taken it.
                return
            value = content[name]
            if not self.registration.is_kept(name, value):
                return
            try:
                stored = self.encode(name, value)
            except PersistError:
                if missing:
                    del content[name]
                else:
                    content[name] = before
                raise
            if slot is None:
                slot = self.slots[name] = Slot()
            slot.run = run
            slot.implicit = False
            was_gone = slot.gone
            slot.hold(value)
            slot.touched = not slot.atomic
            if slot.dirty or was_gone or not self.is_stored(name, slot, stored):
                self.holder.changed(self, name, stored)

    def delete(self, instance: Any, name: str) -> None:
        self.holder.check(self, True)
        with self.holder.lock:
            slot = self.slots.get(name)
            content = object.__getattribute__(instance, "__dict__")
            if slot is not None and not slot.loaded and not slot.gone:
                content[name] = None
            self.registration.delattr(instance, name)
            if slot is None or name in content:
                return
            self.forget_value(slot)
            self.holder.changed(self, name, None)

    def reset(self, name: str) -> None:
        """The attribute has the class's default again; one without a default is gone. What is
        stored of it is not read.

        @raises PersistError `ERR_OPTION_INVALID` if there is no such attribute
        """
        self.holder.check(self, True)
        with self.holder.lock:
            defaults = registration_defaults(self.registration, self.arguments)
            slot = self.slots.get(name)
            if name in defaults:
                self.assign(self.instance, name, defaults[name])
            elif slot is not None and not slot.gone:
                self.delete(self.instance, name)
            else:
                raise PersistError(
                    "ERR_OPTION_INVALID",
                    f'{self.registration.name} has no attribute "{name}", and nothing is stored under that name. Check its spelling.',
                )

    def forget_value(self, slot: Slot) -> None:
        slot.unload()
        slot.gone = True

    # Values

    def _load(self, name: str, slot: Slot) -> None:
        with self.holder.lock:
            if slot.loaded or slot.gone:
                return
            if slot.refused:
                raise PersistError(
                    "ERR_DECODE",
                    f"{self.registration.name}.{name} is stored without a seal of this app's secret that holds, so it is not "
                    f"read. {way_out(f'{self.registration.name}.{name}')}",
                )
            content = slot.cell.content if slot.cell is not None else None
            if content is None:
                return
            if content == DEFAULT_MARK and not self.has_default(name):
                self.forget_value(slot)
                return
            value = self.decode(name, content)
            object.__getattribute__(self.instance, "__dict__")[name] = value
            slot.hold(value)
            slot.touched = not slot.atomic

    def _renew_classes(self, name: str, slot: Slot) -> None:
        with self.holder.lock:
            if not slot.stale:
                return
            slot.stale = False
            self._touch(name, slot)
            namespace = self.registration.namespace
            in_place = reclass(slot.value, namespace)
            if in_place and not self.registration.options.allow_pickle:
                return
            try:
                content = self.encode(name, slot.value)
                if in_place and (content[:1] != b"P" or not names_old_classes(slot.value, namespace)):
                    return
                # The bytes hold only the names of classes. So this gives objects of the present
                # classes, with the app's changes.
                newer = self.decode(name, content)
            except PersistError:
                # It stays as it is, and the end of the run says why it cannot be stored.
                return
            object.__getattribute__(self.instance, "__dict__")[name] = newer
            slot.hold(newer)
            slot.touched = not slot.atomic

    def _touch(self, name: str, slot: Slot) -> None:
        with self.holder.lock:
            self._keep_default(name, slot)
            slot.touched = True

    def _keep_default(self, name: str, slot: Slot) -> None:
        """Keeps the default of an attribute that was never stored, before the app can change it."""
        if slot.cell is not None or slot.sent is not None or slot.default is not None or slot.dirty or slot.touched:
            return
        try:
            slot.default = self.encode(name, slot.value)
        except PersistError:
            # This default cannot be stored. The end of the run names it, and the other attributes
            # are kept.
            pass

    def _own_copy(self, name: str, value: Any) -> Any:
        """Copies a list or an object of the class, which all visitors share. This state's copy is
        stored once it has changed."""
        registration = self.registration
        if registration.common.get(name, self) is value or not on_class(registration.cls, name, value):
            return value
        with self.holder.lock:
            content = object.__getattribute__(self.instance, "__dict__")
            if name in content:
                return content[name]
            own, default = own_copy(value, lambda it: self.encode(name, it))
            if own is value:
                registration.common[name] = value
                return value
            content[name] = own
            if registration.is_kept(name, own):
                slot = self.slots.setdefault(name, Slot())
                slot.hold(own)
                slot.implicit = True
                slot.default = default
                slot.touched = True
            return own

    def _expose(self) -> dict[str, Any]:
        """The app asks for the dictionary itself: it may read and change everything in it."""
        for name, slot in list(self.slots.items()):
            if not slot.loaded:
                if not slot.gone:
                    self._load(name, slot)
            elif slot.stale:
                self._renew_classes(name, slot)
            elif not slot.touched:
                self._touch(name, slot)
        content: dict[str, Any] = object.__getattribute__(self.instance, "__dict__")
        return content

    def _compatible(self, instance: Any, name: str) -> Any:
        if name == "_cookie_uuid":
            return self.holder.session_id
        if name == "_cookie_key":
            return self.registration.key
        if name == "_save_to_file":
            return _save_nothing
        return False


def _save_nothing() -> None:
    """There an app had to ask for a save after a change in place. Here the end of the run finds the
    change."""
