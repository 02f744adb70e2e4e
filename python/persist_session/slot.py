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
    """What is stored of an attribute, as far as this process knows. `content` None: deleted."""

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
        # Whether the value stands in the instance's dictionary; else it is decoded when it is first read.
        self.loaded = False
        # What was last seen there: another object means that somebody went around the state's own assignment.
        self.value: Any = None
        self.atomic = False
        # Holds instances of classes that the main script has made anew since.
        self.stale = False
        # Handed out or assigned as an object in a run that goes on: may have changed in place.
        self.touched = False
        # To be written, whatever is stored: a write that failed, or one that could not be sent.
        self.dirty = False
        # What is on its way.
        self.sent: bytes | None = None
        # What the default was when it was first handed out, for attributes that were never stored.
        self.default: bytes | None = None
        # What the class itself has: nothing is stored of it before it changes.
        self.implicit = False
        # The cell's value in this process's own bytes.
        self.own: bytes | None = None
        # Deleted by the app.
        self.gone = False
        # The run that assigned it last.
        self.run = 0
        # Pickled bytes whose seal does not hold.
        self.refused = False

    def hold(self, value: Any) -> None:
        """The value stands in the instance's dictionary now."""
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
        """Whether these are the bytes that are stored, or will be when what is on its way arrives."""
        if self.sent is not None:
            return content == self.sent
        if self.implicit:
            return content == self.default
        if self.cell is not None:
            return content == self.cell.content
        return self.default is not None and content == self.default
