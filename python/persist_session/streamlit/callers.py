"""The functions of Streamlit that are calling: some of what they know is only in their local
variables."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import count
from types import FrameType


def callers(most: int | None = None) -> Iterator[FrameType]:
    """The frames of this thread, from the calling function outwards.

    @param most: how many at most; default all
    """
    # While a generator runs, the function that iterates over it is its caller.
    frame: FrameType | None = sys._getframe(1)
    for _ in count() if most is None else range(most):
        if frame is None:
            return
        yield frame
        frame = frame.f_back


def is_whole_run() -> bool:
    """Whether the run that has just ended on this thread reached its end, and was not stopped
    earlier by `st.stop`, by an error or because its page had gone."""
    for frame in callers(17):
        if frame.f_code.co_name == "_on_script_finished":
            return frame.f_locals.get("premature_stop") is not True
    return True
