"""Closes what the gateway's process hands down by accident."""

from __future__ import annotations

import os
from collections.abc import Collection


def close_inherited(keep: Collection[int]) -> None:
    """Closes every descriptor that came with the process, but the standard streams and those to
    keep.

    LMDB opens its data file in a way that programs started by the gateway inherit, and the app must
    not get the file with all visitors' state. Descriptors that Python opens itself are never
    inheritable (PEP 446), which distinguishes them.
    """
    try:
        names = os.listdir("/dev/fd")
    except OSError:
        return
    for descriptor in [int(name) for name in names if name.isdigit()]:
        try:
            if descriptor > 2 and descriptor not in keep and os.get_inheritable(descriptor):
                os.close(descriptor)
        except OSError:
            # This one listed them.
            continue
