"""Hooks the functions by which ``streamlit run`` starts its server: by then Streamlit knows what it
runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any

from .wanted import Wish, wish


def hook(bootstrap: Any) -> None:
    """:param bootstrap: the module ``streamlit.web.bootstrap``"""
    for name in ("run", "run_asgi_app"):
        original = getattr(bootstrap, name, None)
        if callable(original):
            setattr(bootstrap, name, _hooked(original, bootstrap))


def _hooked(original: Callable[..., Any], bootstrap: Any) -> Callable[..., Any]:
    parameters = signature(original)

    @wraps(original)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            arguments = parameters.bind(*args, **kwargs).arguments
            script = os.path.abspath(os.fspath(arguments["main_script_path"]))
            # Streamlit's own word for it, `is_hello`, holds only for a command without options.
            if os.path.dirname(script) != os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(bootstrap.__file__))), "hello"):
                _prepare(script, arguments.get("app_import_string"))
        except Exception as error:
            print(f"persist-session: Streamlit runs without us ({error!r}).", file=sys.stderr)
        return original(*args, **kwargs)

    return run


def _prepare(script: str, application: str | None) -> None:
    found = wish(script, lambda line: print(f"persist-session: {line}", file=sys.stderr))
    if found is Wish.NONE:
        return
    from persist_session.plain import alone, arm

    if found is Wish.REFUSED:
        alone("PERSIST_SESSION=off, or enabled = false in the pyproject.toml, turns us off.")
    else:
        arm(script, application)
