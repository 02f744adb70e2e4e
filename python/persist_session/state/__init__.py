"""Persisted classes, how their changes are found, and the objects that an app works with."""

from .absorb_record import absorb, take_over
from .arguments import Arguments, forget_warnings, warn_of_ignored
from .binding import bind, live_state_of, unbind
from .changes import Changes, acknowledge, add_defaults, collect, mark_sent, reject
from .duration import seconds
from .ended import Ended
from .live_state import LiveState
from .registration import Migrate, ORIGINALS, Options, Owner, Registration, forget_keys, register, registration_of
from .values import DEFAULT_MARK

__all__ = [
    "Arguments",
    "Changes",
    "DEFAULT_MARK",
    "Ended",
    "LiveState",
    "Migrate",
    "ORIGINALS",
    "Options",
    "Owner",
    "Registration",
    "absorb",
    "acknowledge",
    "add_defaults",
    "bind",
    "collect",
    "forget_keys",
    "forget_warnings",
    "live_state_of",
    "mark_sent",
    "register",
    "registration_of",
    "reject",
    "seconds",
    "take_over",
    "unbind",
    "warn_of_ignored",
]
