"""Polars frames and series in format A: polars' own Arrow stream, which alone keeps all of its
types, as one value."""

from __future__ import annotations

import io
from typing import Any

from .text import Malformed
from .unsupported import Unsupported

# Arrow has no such integers: they are written as text.
_WIDE = ("Int128", "UInt128")


def pack_polars(value: Any) -> tuple[list[Any], dict[str, Any]]:
    import polars as pl
    import pyarrow as pa

    series = isinstance(value, pl.Series)
    frame = value.to_frame() if series else value
    about: dict[str, Any] = {"library": "polars", "kind": "series" if series else "frame"}
    wide = {name: str(dtype) for name, dtype in frame.schema.items() if str(dtype) in _WIDE}
    if wide:
        frame = frame.with_columns(pl.col(name).cast(pl.String) for name in wide)
        about["wide"] = wide
    sink = io.BytesIO()
    try:
        frame.write_ipc_stream(sink, compression="uncompressed")
    except BaseException as error:
        if not _is_of_polars(error):
            raise
        raise Unsupported(f"is a polars object that polars cannot write ({type(error).__name__})", "Cast the column first.") from None
    return [pa.array([sink.getvalue()], pa.large_binary())], about


def unpack_polars(table: Any, about: dict[str, Any]) -> Any:
    """@raises Malformed"""
    import polars as pl
    import pyarrow as pa

    from .arrow_file import read_stream

    if table.num_columns != 1 or table.num_rows != 1 or not pa.types.is_large_binary(table.column(0).type):
        raise Malformed("is not one frame of polars")
    content = table.column(0)[0].as_py()
    if content is None:
        raise Malformed("is not one frame of polars")
    # What polars reads has been written by Arrow's own writer, from columns that have been
    # validated.
    checked = read_stream(content)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, checked.schema) as writer:
        writer.write_table(checked)
    try:
        frame = pl.read_ipc_stream(io.BytesIO(sink.getvalue()))
        wide = about.get("wide", {})
        if wide:
            frame = frame.with_columns(pl.col(name).cast(getattr(pl, kind)) for name, kind in wide.items() if kind in _WIDE)
        return frame.to_series() if about["kind"] == "series" else frame
    except BaseException as error:
        if not _is_of_polars(error):
            raise
        raise Malformed(f"is not a frame that polars can read ({type(error).__name__})") from None


def _is_of_polars(error: BaseException) -> bool:
    """A panic in Rust is no Exception."""
    return isinstance(error, Exception) or type(error).__name__ == "PanicException"
