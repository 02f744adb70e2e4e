"""What the gateway's process hands down without meaning to."""

from __future__ import annotations

import os
from collections.abc import Collection


def close_inherited(keep: Collection[int]) -> None:
    """Closes every descriptor that came with the process, but the standard streams and those to keep.

    LMDB opens its data file so that programs started by the gateway get it too, and the app has no business with the file that
    holds everybody's state. What Python opens itself is never inheritable (PEP 446), so the others can be told from it.
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
            # The one that listed them.
            continue
