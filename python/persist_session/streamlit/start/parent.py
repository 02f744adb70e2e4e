"""Leaves no orphan: Streamlit ends when the gateway ends, for any reason."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time

_PR_SET_PDEATHSIG = 1
"""From Linux's ``sys/prctl.h``."""

_GRACE = 1.0
"""How many seconds Streamlit has to end by itself."""

_LAST_RESORT = 3
"""After how many seconds the system ends the process, whatever it is doing."""


def end_with_parent(pipe: int, *inherited: int) -> None:
    """Ends this process when ``pipe`` closes: only the gateway holds its other end.

    Programs that the app starts get neither the pipe nor the ``inherited`` file descriptors.
    """
    for descriptor in (pipe, *inherited):
        os.set_inheritable(descriptor, False)
    _die_with_parent()
    threading.Thread(target=_watch, args=(pipe,), name="persist-session.parent", daemon=True).start()


def _die_with_parent() -> None:
    """Asks the Linux kernel to end this process when its parent is gone, even while native code
    holds the interpreter.

    A gateway that ends in good order ends Streamlit first and gives it time. Only a killed gateway
    needs this.
    """
    if not sys.platform.startswith("linux"):
        return
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    except (OSError, AttributeError):
        pass  # another C library; the watch of the pipe ends what is not in native code


def _watch(pipe: int) -> None:
    try:
        while os.read(pipe, 4096):
            pass
    except OSError:
        pass
    # The system is the last resort: once the interpreter exits, this thread may never continue.
    if hasattr(signal, "alarm"):
        signal.alarm(_LAST_RESORT)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE)
    # A busy script, or a finalizer that waits for the dead gateway, must not hold this up.
    os._exit(0)
