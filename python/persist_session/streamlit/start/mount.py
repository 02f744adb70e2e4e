"""Where in an ASGI application the routes of Streamlit are: ``st.App`` may be mounted below a path
of another app."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

_MAX_DEPTH = 20


def find_mount(application: Any) -> str | None:
    """The path that ``st.App`` is mounted below, "" for the root; ``None`` if there is none in the
    application."""
    try:
        from streamlit.web.server.starlette.starlette_app import App
    except ImportError:
        return None
    return _find(application, App, "", set(), 0)


def _find(node: Any, wanted: type, path: str, seen: set[int], depth: int) -> str | None:
    if isinstance(node, wanted):
        return path
    if node is None or id(node) in seen or depth > _MAX_DEPTH:
        return None
    seen.add(id(node))
    for below, inner in _inside(node):
        found = _find(inner, wanted, path + below, seen, depth + 1)
        if found is not None:
            return found
    return None


def _inside(node: Any) -> Iterator[tuple[str, Any]]:
    """The applications to which an application passes requests, and below which path: routes first,
    then wrapped ones."""
    below = ""
    if hasattr(node, "_base_app"):
        # A Mount; its `routes` are those of what is mounted.
        below = str(node.path).rstrip("/")
        yield below, node._base_app
    else:
        routes = getattr(node, "routes", None)
        for route in routes if isinstance(routes, (list, tuple)) else ():
            # A Route ends at a handler.
            if not hasattr(route, "endpoint"):
                yield "", route
    for name in ("app", "router", "application"):
        inner = getattr(node, name, None)
        if callable(inner):
            yield below, inner
    if isinstance(node, functools.partial):
        for inner in (node.func, *node.args):
            yield "", inner
    for cell in getattr(node, "__closure__", None) or ():
        try:
            inner = cell.cell_contents
        except ValueError:
            continue
        if callable(inner):
            yield "", inner


def name_of(application: Any) -> str:
    """The class of the application, for the log."""
    while type(application).__module__.startswith("uvicorn.") and hasattr(application, "app"):
        application = application.app
    return f"{type(application).__module__.partition('.')[0]}.{type(application).__qualname__}"
