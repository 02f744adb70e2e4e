"""Why a value cannot be stored, said by the walk that met it."""

from __future__ import annotations

from .path import Step


class Unsupported(Exception):
    """`steps` grow from the inside out while the error passes through the containers."""

    def __init__(self, problem: str, advice: str = "", code: str = "ERR_VALUE_UNSUPPORTED") -> None:
        super().__init__(problem)
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
    for base in (bool, int, float, str, bytes, bytearray, list, tuple, dict, set, frozenset):
        if isinstance(value, base):
            return Unsupported(f"is a {name}, a subclass of {base.__name__}", f"Store a plain {base.__name__}, or a dataclass.")
    return Unsupported(
        f"is a {name}",
        "Make it a dataclass, keep it out with transient=(…,), or allow pickle for this class with allow_pickle=True.",
    )
