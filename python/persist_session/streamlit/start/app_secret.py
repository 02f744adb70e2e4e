"""The secret in the app's `st.secrets`, under the names of the package
streamlit-persist-session."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from ...errors import PersistError

_NAMES = ("STREAMLIT_PERSIST_SECRET_KEY", "persist_secret_key")
_OPTION = "--secrets.files"


def app_secret() -> tuple[str, Any] | None:
    """The name of the secret and its value, as Streamlit's configuration has it by now; None if
    there is none.

    Raises:
        Exception: What Streamlit raises if it cannot read its secrets.
    """
    from streamlit import config
    from streamlit.runtime.secrets import secrets_singleton

    # Streamlit would print a long message that there are no secrets.
    if not any(os.path.exists(path) for path in config.get_option("secrets.files")):
        return None
    return next(((name, secrets_singleton[name]) for name in _NAMES if name in secrets_singleton), None)


def with_app_secret(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for a gateway that this process starts: with the app's secret, unless the
    operator has given one.

    Raises:
        PersistError: `ERR_SECRET_FILE` if a file names a secret and Streamlit cannot read it;
            `ERR_OPTION_INVALID` if it is no text.
    """
    if "PERSIST_SESSION_SECRET" in environment:
        return dict(environment)
    try:
        found = app_secret()
    except Exception as error:
        if not _is_named():
            # The unreadable file has nothing to do with us, and the app will report it.
            return dict(environment)
        raise PersistError(
            "ERR_SECRET_FILE",
            "A file of st.secrets names a secret for the sessions, and Streamlit cannot read it. Fix the file (TOML), or give the secret "
            "as STREAMLIT_PERSIST_SECRET_KEY in the environment.",
        ) from error
    if found is None:
        return dict(environment)
    name, value = found
    if not isinstance(value, str):
        raise PersistError("ERR_OPTION_INVALID", f'st.secrets["{name}"] must be a text: {name} = "…".')
    return {**environment, _NAMES[0]: value}


def _is_named() -> bool:
    from streamlit import config

    for path in config.get_option("secrets.files"):
        try:
            with open(path, encoding="utf-8") as file:
                text = file.read()
        except (OSError, ValueError):
            continue
        if any(name in text for name in _NAMES):
            return True
    return False


def print_app_secret(arguments: Sequence[str]) -> None:
    """For the gateway, before it starts Streamlit: prints the name and the value as a line of JSON,
    and ends the process.

    Args:
        arguments: The script, and what `streamlit run` would get after it.
    """
    from streamlit import config

    script, *options = arguments
    config._main_script_path = os.path.abspath(script)
    files = _given_files(options)
    flags = {} if not files else {"secrets.files": files}
    config.get_config_options(force_reparse=True, options_from_flags=flags)
    found = app_secret()
    answer = {} if found is None else {"name": found[0], "value": _plain(found[1])}
    print(json.dumps(answer), flush=True)
    # Streamlit watches the files by threads that would keep the process.
    os._exit(0)


def _given_files(options: Sequence[str]) -> list[str]:
    """The files that Streamlit's own option names, which may be repeated. What comes after two
    dashes is the script's."""
    files: list[str] = []
    waiting = False
    for option in options:
        if option == "--":
            break
        name, equals, value = option.partition("=")
        if waiting:
            files.append(option)
        elif name == _OPTION and equals:
            files.append(value)
        waiting = not waiting and option == _OPTION
    return files


def _plain(value: Any) -> Any:
    """Only a text is of use, and nothing else is passed on."""
    return value if isinstance(value, str) else None
