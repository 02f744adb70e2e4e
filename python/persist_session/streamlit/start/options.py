"""Streamlit's configuration under the gateway: the app's own counts, except where Streamlit
listens."""

from __future__ import annotations

import glob
import logging
import os
import platform
import socket
from typing import Any

from .launch import Launch
from .listening import listen_at
from .report import Report

_REPORTED = {
    "port": "server.port",
    "address": "server.address",
    "basePath": "server.baseUrlPath",
}
_NAMING_LOGGERS = ("streamlit.web.server.starlette.starlette_server", "uvicorn.error")
_HTTPS = ("server.sslCertFile", "server.sslKeyFile")


def install_options(launch: Launch, report: Report) -> None:
    """Makes Streamlit listen where the gateway expects it, whatever config.toml, the environment or
    a flag say.

    Reports their values, because they are meant for the address that browsers use,
    which is the gateway's. For the app the options still name that address.
    """
    from streamlit import config
    from streamlit.web import bootstrap

    for logger in _NAMING_LOGGERS:
        logging.getLogger(logger).addFilter(_names_no_address)
    original = bootstrap.load_config_options
    reported = False
    overrides: dict[str, Any] = {}

    # Streamlit calls this again when a config.toml changes, through the name in its module.
    def load_config_options(flag_options: dict[str, Any]) -> None:
        nonlocal reported, overrides
        if not reported:
            reported = True
            original(flag_options=flag_options)
            listens = listen_at(launch.port)
            public_port = launch.public_port
            if public_port is None and config.is_manually_set("server.port") and _option("server.port") == 0:
                public_port = _free_port()
            _tell(report, public_port)
            overrides = _overrides(launch, listens, public_port)
            # Otherwise Streamlit would report that its configuration has changed while it runs.
            config._config_options = None
        original(flag_options={**flag_options, **overrides})

    bootstrap.load_config_options = load_config_options
    # Its banner names the internal address. The gateway prints the one that works.
    if hasattr(bootstrap, "_print_url"):
        bootstrap._print_url = _print_nothing


def _overrides(launch: Launch, listens: bool, public_port: int | None) -> dict[str, Any]:
    from streamlit import config

    values: dict[str, Any] = {
        "server.headless": True,
        # Newer versions print it elsewhere.
        "logger.hideWelcomeMessage": True,
        # When the app's files change, Streamlit drops every module that it watches. Our modules
        # must not be among them.
        "server.folderWatchBlacklist": [*(_option("server.folderWatchBlacklist") or ()), *_own_folders()],
    }
    if not listens:
        # The options say where Streamlit listens, so they name the internal address.
        values.update({"server.port": launch.port, "server.address": "127.0.0.1"})
    else:
        if public_port is not None:
            values["server.port"] = public_port
        if launch.public_host is not None:
            values["server.address"] = launch.public_host
    if launch.base_path is not None:
        values["server.baseUrlPath"] = launch.base_path
    # HTTPS belongs in front of the gateway. On loopback it would only keep the gateway out.
    values.update({name: "" for name in _HTTPS if _option(name)})
    templates = getattr(config, "_config_options_template", values)
    return {name.replace(".", "_"): value for name, value in values.items() if name in templates}


def _own_folders() -> list[str]:
    package = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    return [glob.escape(os.path.join(os.path.dirname(package), name)) for name in ("persist_session", "streamlit_persist_session")]


def _print_nothing(is_running_hello: bool) -> None:
    pass


def _names_no_address(record: logging.LogRecord) -> bool:
    """The same for what newer versions log."""
    return not str(record.msg).startswith(("Uvicorn server started", "Uvicorn running on"))


def _free_port() -> int:
    """Any port, for an app that asks for one: the gateway must know it before it listens there."""
    with socket.socket() as sock:
        sock.bind(("", 0))
        return int(sock.getsockname()[1])


def _tell(report_to: Report, public_port: int | None) -> None:
    import streamlit
    from streamlit import config

    report: dict[str, Any] = {name: _option(option) for name, option in _REPORTED.items() if config.is_manually_set(option)}
    # Read by name from the headers of a trusted proxy: what a browser sends under these names must
    # not reach Streamlit.
    headers = _option("server.trustedUserHeaders")
    report["trustedUserHeaders"] = list(headers) if isinstance(headers, dict) else []
    report["https"] = any(_option(name) for name in _HTTPS)
    report["streamlit"] = streamlit.__version__
    report["python"] = platform.python_version()
    if public_port is not None:
        report["port"] = public_port
    report_to.write(report)


def _option(name: str) -> Any:
    """The value of an option; ``None`` if this Streamlit has no such option."""
    from streamlit import config

    try:
        return config.get_option(name)
    except RuntimeError:
        return None
