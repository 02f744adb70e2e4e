"""Times assignments within a script run: ?size= bytes of state, ?rounds= assignments. BENCH_SEED
chooses the seed package."""

import os
import time

import streamlit as st

if os.environ.get("BENCH_SEED"):
    from streamlit_persist_session import persist
else:
    from persist_session import persist


@persist("cost-state")
class CostState:
    def __init__(self) -> None:
        self.count = 0
        self.rows: list[dict[str, object]] = []


def rows_of(size: int, first: str) -> list[dict[str, object]]:
    """About `size` bytes as JSON: rows as an app has them."""
    return [{"id": at, "name": f"{first}-{at:06}", "price": at * 1.5, "tags": ["a", "b"]} for at in range(size // 72)]


state = CostState()
if getattr(state, "_is_temp_placeholder", False):
    st.stop()
size = int(st.query_params.get("size", "1000"))
rounds = int(st.query_params.get("rounds", "0"))
if len(state.rows) != size // 72:
    state.rows = rows_of(size, "row")


def micros(assign: object) -> str:
    """The times of this many assignments, in microseconds."""
    times = []
    for at in range(rounds):
        before = time.perf_counter_ns()
        assign(at)  # type: ignore[operator]
        times.append(time.perf_counter_ns() - before)
    return ",".join(str(value // 100 / 10) for value in times)


def assign_small(at: int) -> None:
    state.count = at


variants = [rows_of(size, "row"), rows_of(size, "now")]


def assign_large(at: int) -> None:
    state.rows = variants[at % 2]


if rounds:
    st.text(f"small: {micros(assign_small)}")
    st.text(f"large: {micros(assign_large)}")
if st.button("add"):
    state.count += 1
st.text(f"count: {state.count}")
