"""Polars frames and series in format A: polars' own Arrow file, which alone keeps all of its types, as one value."""

from __future__ import annotations

import io
from typing import Any

from .unsupported import Unsupported


def pack_polars(value: Any) -> tuple[list[Any], dict[str, Any]]:
    import polars as pl
    import pyarrow as pa

    series = isinstance(value, pl.Series)
    frame = value.to_frame() if series else value
    sink = io.BytesIO()
    try:
        frame.write_ipc(sink, compression="uncompressed")
    except Exception as error:
        raise Unsupported(f"is a polars object that polars cannot write ({error})", "Cast the column first.") from None
    return [pa.array([sink.getvalue()], pa.large_binary())], {
        "library": "polars",
        "kind": "series" if series else "frame",
    }


def unpack_polars(table: Any, about: dict[str, Any]) -> Any:
    import polars as pl

    frame = pl.read_ipc(io.BytesIO(table.column(0)[0].as_py()))
    return frame.to_series() if about["kind"] == "series" else frame
