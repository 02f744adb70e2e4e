"""Durations: a number is seconds, a text carries its unit."""

from __future__ import annotations

import math
import re
from typing import Any

_FORM = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)([smhd])", re.ASCII)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_MAX_SECONDS = 36_500 * 86_400


def seconds(value: Any) -> float | None:
    """The seconds of a duration such as 90, "90s", "30m", "12h" or "30d". None for anything
    else."""
    if isinstance(value, str):
        found = _FORM.fullmatch(value)
        length = float(found[1]) * _UNITS[found[2]] if found is not None else math.nan
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        length = value
    else:
        return None
    return length if 0.001 <= length <= _MAX_SECONDS else None
