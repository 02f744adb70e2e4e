"""The frames of the state service's protocol: `u32be n`, `u32be h`, a JSON header of h bytes, then
the blobs."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Sequence
from typing import Any

MAX_BYTES = 128 * 1024 * 1024
_HEAD = struct.Struct(">II")
Header = dict[str, Any]
Frame = tuple[Header, list[bytes]]


class BrokenStream(Exception):
    """The input is not a frame, and nothing after it can be understood."""


def encode_frame(header: Header, blobs: Sequence[bytes] = ()) -> bytes:
    if blobs:
        header = {**header, "blobs": [len(blob) for blob in blobs]}
    text = json.dumps(header, separators=(",", ":")).encode("utf-8")
    size = 4 + len(text) + sum(map(len, blobs))
    if size > MAX_BYTES:
        raise BrokenStream(f"a frame of {size} bytes, and at most {MAX_BYTES} are allowed")
    return b"".join((_HEAD.pack(size, len(text)), text, *blobs))


def read_frame(read: Callable[[int], bytes]) -> Frame:
    """`read(n)` must give exactly n bytes, or raise."""
    size, length = _HEAD.unpack(read(8))
    if not 4 + length <= size <= MAX_BYTES:
        raise BrokenStream("a frame whose lengths cannot be")
    body = read(size - 4)
    try:
        header = json.loads(body[:length])
        lengths = header.get("blobs", [])
        blobs = []
        at = length
        for count in lengths:
            blobs.append(body[at : at + count])
            at += count
    except (ValueError, AttributeError, TypeError):
        raise BrokenStream("a header that is not the protocol's") from None
    if at != len(body):
        raise BrokenStream("blobs of other lengths than the header says")
    return header, blobs
