"""The package streamlit-persist-session beside ours: each installs a package of that name."""

from __future__ import annotations

import os
from importlib import metadata

from .errors import PersistError

_OTHER = "streamlit-persist-session"
_looked = False


def check_installed_beside() -> None:
    """Refuses to work where both are installed in one place: each has overwritten files of the
    other there. Looks once.

    Raises:
        PersistError: `ERR_PACKAGE_CONFLICT`, with the commands that mend it.
    """
    global _looked
    if _looked:
        return
    if _is_beside():
        raise PersistError(
            "ERR_PACKAGE_CONFLICT",
            f"The package {_OTHER} is installed beside persist-session, which holds a package of that name: each has overwritten files "
            f"of the other. Run: pip uninstall {_OTHER}, then: pip install --force-reinstall --no-deps persist-session",
        )
    _looked = True


def _is_beside() -> bool:
    try:
        there = metadata.distribution(_OTHER).locate_file("")
    except metadata.PackageNotFoundError:
        return False
    # The gateway brings this package along in a directory of its own, which comes first. Then the
    # two do not meet.
    here = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    return os.path.realpath(str(there)) == here
