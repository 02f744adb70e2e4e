"""Arrow IPC files as they are read from a store: checked before anything looks into them.

Arrow's readers trust a file's offsets, and a few changed bytes let them read memory that is not
theirs. So each message is checked first, then all columns are validated, and only then does another
part of this program see them.
"""

from __future__ import annotations

import struct
from typing import Any

from .text import Malformed, Unholdable

_MAGIC = b"ARROW1\0\0"
# What a byte of a file can hold at most: a row takes a bit or more. So a short file cannot ask for
# all of the memory.
MAX_ROWS_PER_BYTE = 8
MAX_MESSAGES = 10_000
# Places in the flatbuffers of Arrow's format: Message.header, DictionaryBatch.data,
# RecordBatch.length and .compression.
_HEADER, _DATA, _LENGTH, _COMPRESSION = 2, 1, 0, 3


def read_table(payload: bytes) -> Any:
    """A table whose every buffer lies within the payload, and whose every offset lies within its
    buffer.

    @raises Unholdable if it is no Arrow file, Malformed if it is a damaged one
    """
    import pyarrow as pa

    if payload[: len(_MAGIC)] != _MAGIC:
        raise Unholdable
    # The messages in their order, and not what the end of the file says about their places.
    return read_stream(pa.py_buffer(payload).slice(len(_MAGIC)))


def read_stream(content: Any) -> Any:
    """The same for an Arrow IPC stream: bytes or a buffer. @raises Malformed"""
    import pyarrow as pa

    stream = content if isinstance(content, pa.Buffer) else pa.py_buffer(content)
    try:
        _check_messages(stream, stream.size)
        table = pa.ipc.open_stream(stream).read_all()
        table.validate(full=True)
    except (pa.ArrowException, OSError, struct.error, IndexError, ValueError, OverflowError, MemoryError) as error:
        raise Malformed(f"is a damaged Arrow file ({type(error).__name__})") from None
    if table.num_rows > MAX_ROWS_PER_BYTE * stream.size:
        raise Malformed("is an Arrow file of more rows than it has room for")
    return table


def _check_messages(stream: Any, size: int) -> None:
    import pyarrow as pa

    reader = pa.ipc.MessageReader.open_stream(stream)
    rows = 0
    for _ in range(MAX_MESSAGES):
        try:
            message = reader.read_next_message()
        except StopIteration:
            return
        if message.type == "schema":
            continue
        metadata = bytes(message.metadata.to_pybytes())
        batch = _field(metadata, _root(metadata), _HEADER)
        if message.type == "dictionary":
            batch = _field(metadata, _follow(metadata, batch), _DATA)
        if batch is None:
            raise Malformed("is a damaged Arrow file")
        table = _follow(metadata, batch)
        if _field(metadata, table, _COMPRESSION) is not None:
            # A few bytes of it may stand for all of the memory; none of ours is compressed.
            raise Malformed("is a compressed Arrow file")
        length = _field(metadata, table, _LENGTH)
        rows += 0 if length is None else struct.unpack_from("<q", metadata, length)[0]
        if not 0 <= rows <= MAX_ROWS_PER_BYTE * size:
            raise Malformed("is an Arrow file of more rows than it has room for")
    raise Malformed("is an Arrow file of more parts than are read")


def _root(buffer: bytes) -> int:
    return int(struct.unpack_from("<I", buffer, 0)[0])


def _follow(buffer: bytes, place: int | None) -> int:
    if place is None:
        raise Malformed("is a damaged Arrow file")
    return place + int(struct.unpack_from("<I", buffer, place)[0])


def _field(buffer: bytes, table: int, number: int) -> int | None:
    """Where a field of a flatbuffer's table stands; None if it has none."""
    if not 0 <= table < len(buffer):
        raise Malformed("is a damaged Arrow file")
    described = table - int(struct.unpack_from("<i", buffer, table)[0])
    if described < 0:
        raise Malformed("is a damaged Arrow file")
    size = struct.unpack_from("<H", buffer, described)[0]
    if 4 + 2 * number >= size:
        return None
    offset = struct.unpack_from("<H", buffer, described + 4 + 2 * number)[0]
    return table + int(offset) if offset else None
