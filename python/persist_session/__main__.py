"""Runs Streamlit with everything of this package in place: ``python -m persist_session run app.py
…``.

The gateway starts Streamlit this way. Call it by hand if the gateway in front runs separately
(``persist-session proxy``). The arguments are those of the command ``streamlit``.
"""

from __future__ import annotations

import logging
import os
import sys

from .own_environment import own_variables, take_own_variables
from .streamlit import connect, install
from .streamlit.kept import install as install_keep
from .streamlit.resume import install as install_resume
from .streamlit.start import (
    Launch,
    Report,
    close_inherited,
    end_with_parent,
    install_options,
    install_peer,
    raise_open_files,
    send_at_once,
    tell_what_is_served,
)

_LOG = logging.getLogger("persist_session")


def main() -> None:
    _forget_working_directory()
    launch = Launch.from_environment()
    if launch is not None:
        close_inherited({launch.parent, launch.report})
        end_with_parent(launch.parent, launch.report)
        # On a pipe, Python would hold back the app's output until a buffer is full.
        for stream in (sys.stdout, sys.stderr):
            reconfigure = getattr(stream, "reconfigure", None)
            if reconfigure is not None:
                reconfigure(line_buffering=True)
        launch.restore_python_path()
    take_own_variables()
    raise_open_files()
    send_at_once()
    _install_hooks()

    from streamlit.web.cli import main as streamlit

    if launch is None:
        install_peer(None)
    else:
        report = Report(launch.report)
        tell_what_is_served(report)
        install_peer(launch.port, report.serves)
        install_options(launch, report)

    sys.argv[0] = "streamlit"
    streamlit(prog_name="streamlit")


def _install_hooks() -> None:
    install_resume(own_variables())
    install()
    install_keep(own_variables())
    connect()


def _forget_working_directory() -> None:
    """``streamlit run`` does not look for modules in the working directory, so neither do we:
    ``-m`` added it."""
    if sys.path and sys.path[0] in ("", os.getcwd()):
        del sys.path[0]


if __name__ == "__main__":
    main()
