"""Offsets of pandas (`DateOffset`, the freq of an index), by their names and what they were made
with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .text import Malformed, from_utf8
from .unsupported import Unsupported

if TYPE_CHECKING:
    from .namespace import Namespace

_ADVICE = "Remove it (index.freq = None), or use an offset that pandas has a name for."


def pack_freq(freq: Any, namespace: Namespace) -> Any:
    """@raises Unsupported if the offset would not come back as it is"""
    from .encode_value import encode_to_text

    about = None
    try:
        options = {name: _plain(item) for name, item in freq.kwds.items() if name != "calendar" and item is not None}
        text = encode_to_text(options, namespace).decode("utf-8")
        about = {"class": type(freq).__name__, "n": freq.n, "normalize": bool(freq.normalize), "options": text}
        back = unpack_freq(about, namespace)
        same = type(back) is type(freq) and back == freq and back.n == freq.n and back.normalize == freq.normalize
    except Unsupported:
        same = False
    except Exception:
        same = False
    if about is None or not same:
        raise Unsupported(f"has the freq {type(freq).__name__}, which does not come back as it is", _ADVICE)
    return about


def _plain(item: Any) -> Any:
    """Holidays are days of NumPy."""
    import numpy as np

    if isinstance(item, np.datetime64):
        return {"day": str(item)}
    if isinstance(item, (tuple, list)):
        return [_plain(part) for part in item]
    return item


def _restored(item: Any) -> Any:
    import numpy as np

    if type(item) is dict and item.keys() == {"day"}:
        return np.datetime64(str(item["day"]))
    if type(item) is list:
        return tuple(_restored(part) for part in item)
    return item


def unpack_freq(about: Any, namespace: Namespace) -> Any:
    """@raises Malformed, and what pandas raises for options that do not fit"""
    import pandas as pd

    from .decode_value import decode_text

    offset: Any = pd.tseries.offsets
    kind = getattr(offset, str(about["class"]), None)
    if not isinstance(kind, type) or not issubclass(kind, offset.BaseOffset):
        raise Malformed("has a freq of a kind that pandas does not have")
    options = decode_text(from_utf8(str(about["options"]).encode("utf-8")), namespace)
    if type(options) is not dict or type(about["n"]) is not int:
        raise Malformed("is not a freq")
    restored = {name: _restored(item) for name, item in options.items()}
    if not about["normalize"]:
        # Ticks do not take it.
        return kind(about["n"], **restored)
    return kind(about["n"], normalize=True, **restored)
