"""One attribute of a live state."""

from __future__ import annotations

import enum
import re
import uuid
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from pathlib import PosixPath, PurePosixPath, PureWindowsPath, WindowsPath
from typing import Any
from zoneinfo import ZoneInfo

ATOMIC = frozenset(
    (
        *(bool, int, float, str, bytes, complex, type(None), Decimal, uuid.UUID, date, datetime, time, timedelta, timezone),
        *(Fraction, range, re.Pattern, ZoneInfo, PurePosixPath, PureWindowsPath, PosixPath, WindowsPath),
        *(IPv4Address, IPv6Address, IPv4Network, IPv6Network, IPv4Interface, IPv6Interface),
    )
)


def is_atomic(value: Any) -> bool:
    """Whether it cannot change in place."""
    return type(value) in ATOMIC or isinstance(value, enum.Enum)


@dataclass(frozen=True)
class Cell:
    """The stored form of an attribute, as far as this process knows. `content` is None if it was
    deleted."""

    version: int
    content: bytes | None


class Slot:
    __slots__ = (
        "atomic",
        "cell",
        "default",
        "dirty",
        "gone",
        "implicit",
        "loaded",
        "own",
        "refused",
        "run",
        "sent",
        "stale",
        "touched",
        "value",
    )

    def __init__(self, cell: Cell | None = None) -> None:
        self.cell = cell
        # Whether the value is in the instance's dictionary. If not, the first read decodes it.
        self.loaded = False
        # The object last seen there. Another object means that the app bypassed the state's own
        # assignment.
        self.value: Any = None
        self.atomic = False
        # Holds instances of classes that the main script has defined again since.
        self.stale = False
        # Given to or assigned by a run under way, as an object that may have changed in place.
        self.touched = False
        # Must be written, whatever is stored: a write failed or could not be sent.
        self.dirty = False
        # The bytes under way to the service.
        self.sent: bytes | None = None
        # The encoded default of an attribute that was never stored, from when it was first given to
        # the app.
        self.default: bytes | None = None
        # A value of the class itself: it is not stored before it changes.
        self.implicit = False
        # The cell's value as this process would encode it.
        self.own: bytes | None = None
        # Deleted by the app.
        self.gone = False
        # The run that assigned it last.
        self.run = 0
        # Pickled bytes whose seal is invalid.
        self.refused = False

    def hold(self, value: Any) -> None:
        """Notes that the value is in the instance's dictionary now."""
        self.loaded = True
        self.value = value
        self.atomic = is_atomic(value)
        self.gone = False
        self.stale = False

    def unload(self) -> None:
        self.loaded = False
        self.value = None
        self.touched = False
        self.stale = False

    def is_baseline(self, content: bytes) -> bool:
        """Whether these bytes are stored, or will be once the writes under way arrive."""
        if self.sent is not None:
            return content == self.sent
        if self.implicit:
            return content == self.default
        if self.cell is not None:
            return content == self.cell.content
        return self.default is not None and content == self.default
