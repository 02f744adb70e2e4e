"""Whether the sources of an app import this package. Reads text, and runs nothing: a large app must
not wait for it."""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Iterator

_PACKAGES = ("persist_session", "streamlit_persist_session")
_MARK = b"persist_session"

_IMPORT = re.compile(rb"^[ \t]*(?:from[ \t]+(\.*)[ \t]*([\w.]*)[ \t]+import[ \t]+(\([^)]*\)|[^\n#;]+)|import[ \t]+([^\n#;]+))", re.MULTILINE)
_NAME = re.compile(rb"[A-Za-z_][\w.]*")
_SCRIPT = re.compile(rb"""["']([^"'\n]{1,200}\.py)["']""")
"""The path of another script, as in ``st.Page("two.py")``."""

MAX_FILES = 2000
"""An app of more files says by PERSIST_SESSION=on that it wants us."""
MAX_BYTES = 1_000_000
"""A larger file is data, not a program."""


def imports_us(script: str) -> bool:
    """Whether the script imports us, or a module or page of the app that it leads to."""
    directory = os.path.dirname(os.path.abspath(script))
    roots = [directory, *_search_path()]
    pages = os.path.join(directory, "pages")
    waiting = [os.path.abspath(script)]
    if os.path.isdir(pages):
        waiting += [os.path.join(pages, name) for name in sorted(os.listdir(pages)) if name.endswith(".py")]
    seen = set(waiting)
    while waiting:
        path = waiting.pop()
        content = _read(path)
        if content is None:
            continue
        if _MARK in content and _says_so(content):
            return True
        for found in _leads_to(content, path, directory, roots):
            if found not in seen and len(seen) < MAX_FILES:
                seen.add(found)
                waiting.append(found)
    return False


def _search_path() -> list[str]:
    """Where an app's own modules may be, besides its directory: what was put on the path for it.
    Installed packages are none of them."""
    installed = tuple(os.path.join(prefix, "") for prefix in {sys.prefix, sys.base_prefix, sys.exec_prefix})
    places = [os.path.abspath(entry) for entry in sys.path]
    return [place for place in places if not place.startswith(installed) and not place.endswith((".zip", "-packages"))]


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError):
        return None
    return content if len(content) <= MAX_BYTES else None


def _says_so(content: bytes) -> bool:
    """Whether a file that names us imports us: a comment or a text may name us, too."""
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError):
        # Streamlit will show what is wrong with it.
        return True
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module or ""]
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            # importlib.import_module("persist_session")
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            names = [str(node.args[0].value)] if called in ("import_module", "__import__") else []
        else:
            continue
        if any(name.partition(".")[0] in _PACKAGES for name in names):
            return True
    return False


def _leads_to(content: bytes, path: str, directory: str, roots: list[str]) -> Iterator[str]:
    for dots, module, names, plain in _IMPORT.findall(content):
        if plain:
            for part in plain.split(b","):
                named = _NAME.search(part)
                if named:
                    yield from _files(roots, named.group().decode().split("."), [])
            continue
        below = [name.decode() for name in _NAME.findall(names)]
        bases = roots
        if dots:
            base = os.path.dirname(path)
            for _ in dots[1:]:
                base = os.path.dirname(base)
            bases = [base]
        yield from _files(bases, module.decode().split(".") if module else [], below)
    for name in _SCRIPT.findall(content):
        try:
            yield os.path.normpath(os.path.join(directory, os.fsdecode(name)))
        except ValueError:
            continue


def _files(bases: list[str], parts: list[str], names: list[str]) -> Iterator[str]:
    """The files that an import may run: each package on the way, the module, and the names that are
    modules themselves."""
    for base in bases:
        place = base
        found = not parts
        for part in parts:
            place = os.path.join(place, part)
            module = f"{place}.py"
            package = os.path.join(place, "__init__.py")
            if os.path.isfile(package):
                found = True
                yield package
            elif os.path.isfile(module):
                found = True
                yield module
                break
            elif not os.path.isdir(place):
                break
            else:
                found = True
        if not found:
            continue
        for name in names:
            for file in (os.path.join(place, f"{name}.py"), os.path.join(place, name, "__init__.py")):
                if os.path.isfile(file):
                    yield file
        return
