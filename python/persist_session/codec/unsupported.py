"""Why a value cannot be stored, said by the walk that met it."""

from __future__ import annotations

from .namespace import is_persisted_type
from .path import Step


class Unsupported(Exception):
    """`steps` grow from the inside out while the error passes through the containers."""

    def __init__(self, problem: str, advice: str = "", code: str = "ERR_VALUE_UNSUPPORTED", pickle: bool = True) -> None:
        super().__init__(problem)
        # Whether pickle may store it, if the app allows pickle.
        self.pickle = pickle
        self.problem = problem
        self.advice = advice
        self.code = code
        self.steps: list[Step] = []

    def at(self, step: Step) -> Unsupported:
        self.steps.insert(0, step)
        return self


def unsupported_type(value: object) -> Unsupported:
    kind = type(value)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    if is_persisted_type(kind):
        short = kind.__name__
        return Unsupported(
            f"is the state {name}",
            f"A persisted class is opened by itself and kept under its own key: call {short}() wherever you need it.",
        )
    if kind is memoryview:
        return Unsupported("is a memoryview", "Store bytes(…) of it.")
    for base in (bool, int, float, str, bytes, bytearray, list, tuple, dict, set, frozenset):
        if isinstance(value, base):
            return Unsupported(
                f"is of the class {name}, a subclass of {base.__name__}", f"Store a plain {base.__name__}, or a dataclass."
            )
    return Unsupported(
        f"is of the class {name}",
        "Make it a dataclass, keep it out with transient=(…,), or allow pickle for the state's class with allow_pickle=True.",
    )
