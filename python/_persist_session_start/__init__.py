"""Runs when Python starts (``persist-session.pth``, and ``persist-session.start`` of PEP 829 from
Python 3.15 on).

Every Python of the environment pays for what is done here: it imports nothing, and does nothing if
the command line does not name streamlit. If it does, ``streamlit run`` is told from everything else
by what it imports.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    # Checkers take the name for that of `typing`, which would have to be imported.
    from typing import Any

_BOOTSTRAP = "streamlit.web.bootstrap"


def start() -> None:
    """Idempotent: `site` may read the file more than once."""
    if not any("streamlit" in argument for argument in sys.orig_argv[1:]) or any(isinstance(finder, _Finder) for finder in sys.meta_path):
        return
    # A gateway is there already: that of `persist-session run`, or of `persist-session proxy`.
    if "PERSIST_SESSION_LAUNCH" in os.environ or "PERSIST_SESSION_SERVICE" in os.environ:
        return
    if _BOOTSTRAP not in sys.modules:
        sys.meta_path.insert(0, _Finder())


class _Finder:
    """Sees the one import that only a Streamlit with a server makes, and leaves with it. Code that
    only looks for the module does not import it."""

    def find_spec(self, name: str, path: "Any" = None, target: "Any" = None) -> "Any":
        if name != _BOOTSTRAP:
            return None
        for finder in list(sys.meta_path):
            # Up to Python 3.11 there may be finders of an older kind, which Python asks in another
            # way.
            find: "Any" = None if finder is self else getattr(finder, "find_spec", None)
            spec: "Any" = None if find is None else find(name, path, target)
            if spec is not None:
                _hook(spec.loader, self)
                return spec
        return None


def _hook(loader: "Any", finder: _Finder) -> None:
    execute: "Any" = getattr(loader, "exec_module", None)
    if getattr(execute, "__module__", None) == __name__:
        return  # a loader for many modules, such as that of a zip archive, was found before

    def exec_module(module: "Any") -> None:
        execute(module)
        if module.__name__ != _BOOTSTRAP:
            return
        if sys.modules.get(_BOOTSTRAP) is module and finder in sys.meta_path:
            sys.meta_path.remove(finder)
        try:
            from .bootstrap import hook

            hook(module)
        except Exception as error:
            print(f"persist-session: Streamlit runs without us ({error!r}).", file=sys.stderr)

    if callable(execute):
        try:
            loader.exec_module = exec_module
        except AttributeError:
            pass  # a loader of another kind: Streamlit runs as it is
