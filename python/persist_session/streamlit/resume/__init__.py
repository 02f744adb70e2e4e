"""Resume: a reloaded page gets its live Streamlit session back, with its widgets.

The gateway finds the session. This package keeps it for long enough, and lets the page show what
Python knows. Each hook into Streamlit is looked for first. If it is missing, that part is off, with
one line in the log.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from .connect import install_connect
from .current import current_session_id
from .editors import Editors, install_editors
from .flush import install_flush
from .forms import EmptiedForms, install_forms
from .late import LateMessages, install_late
from .logins import COOKIE_COMPONENTS, LOGINS, install_cookie_components, install_logins
from .marks import Marks
from .retention import install_retention
from .selections import Selections, install_selections
from .settings import ResumeSettings
from .visitors import Visitors
from .widgets import install_widgets

__all__ = ["COOKIE_COMPONENTS", "EDITORS", "LOGINS", "current_session_id", "install", "is_installed", "is_shown_again", "show_again"]

_LOG = logging.getLogger("persist_session")
_installed = False
_marks = Marks()
_selections = Selections()
EDITORS = Editors()


def is_installed() -> bool:
    return _installed


def show_again(session_id: str, session: Any) -> None:
    """A page knows nothing about its widgets: in its next run it gets the values that Python knows.

    @param session: kept weakly: what ends with the session
    """
    _marks.add(session_id, session)


def is_shown_again(metadata: Any) -> bool:
    """Whether a page can be given the value of such a widget."""
    return not _selections.holds(metadata)


def install(environment: Mapping[str, str]) -> None:
    """Installs the hooks once, if the environment turns resume on."""
    global _installed
    settings = ResumeSettings.from_environment(environment)
    if settings is None or _installed:
        return
    _installed = True
    marks, selections = _marks, _selections
    editors, forms, late, visitors = EDITORS, EmptiedForms(), LateMessages(), Visitors()
    _attempt("how long sessions are kept", lambda: install_retention(settings, visitors))
    _attempt("widgets after a reload", lambda: install_widgets(marks, editors, forms, selections))
    _attempt("forms that are emptied", lambda: install_forms(forms))
    _attempt("selections after a reload", lambda: install_selections(selections))
    _attempt("edited tables after a reload", lambda: install_editors(editors))
    _attempt("which page is a reloaded one", lambda: install_connect(marks, late, visitors))
    _attempt("whose login a reloaded page has", install_logins)
    _attempt("which cookies an app uses", install_cookie_components)
    _attempt("what is of a run before the reload", lambda: install_late(late))
    _attempt("what is sent while a page is reloaded", install_flush)


def _attempt(what: str, hook: Callable[[], None]) -> None:
    try:
        hook()
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        _LOG.warning(
            "persist-session: a part of resume is off with this version of Streamlit: %s (%s).",
            what,
            error,
        )
