"""What a replica has to get right: stored state, an upload, and media."""

import io
import os
import struct
import zlib

import streamlit as st
from persist_session import persist, update


@persist("replica-state")
class ReplicaState:
    def __init__(self) -> None:
        self.count = 0
        self.notes: list[str] = []


state = ReplicaState()


def one_more(fresh: ReplicaState) -> None:
    fresh.count += 1


def square(size: int) -> bytes:
    """A PNG of one colour."""
    rows = b"".join(b"\0" + b"\xff\x00\x80" * size for _ in range(size))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


st.session_state.setdefault("clicks", 0)
if st.button("Count"):
    update(state, one_more)
    st.session_state.clicks += 1
if st.button("Note"):
    state.notes.append(f"note {len(state.notes) + 1}")

file = st.file_uploader("File")
st.text(f"pid: {os.getpid()}")
st.text(f"count: {state.count}")
st.text(f"notes: {', '.join(state.notes)}")
st.text(f"clicks: {st.session_state.clicks}")
st.text(f"upload: {0 if file is None else len(file.getvalue())}")
st.image(io.BytesIO(square(40 + state.count)))
