"""The compiled command, which Node runs."""

from __future__ import annotations

from pathlib import Path

from ..errors import PersistError

_HERE = Path(__file__).resolve().parent
_BUNDLED = _HERE / "gateway" / "dist" / "cli" / "main.js"
_SOURCE = _HERE.parents[2] / "dist" / "cli" / "main.js"
"""Where `npm run build` puts it, and where the npm package has it."""


def gateway_entry() -> str:
    """The path of the compiled command: the one inside of the wheel, else that of the source tree
    or npm package around this one.

    Raises `PersistError` ``ERR_ENGINE_MISSING`` if there is neither.
    """
    for entry in (_BUNDLED, _SOURCE):
        if entry.is_file():
            return str(entry)
    raise PersistError(
        "ERR_ENGINE_MISSING",
        f"The gateway is not part of this installation: there is no {_BUNDLED}. "
        "Install the wheel: pip install --force-reinstall persist-session (in a source tree, run: npm run build)",
    )
