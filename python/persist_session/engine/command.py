"""The console script ``persist-session`` of the wheel."""

from __future__ import annotations

import os
import subprocess
import sys

from ..errors import PersistError
from .app_python import app_python
from .entry import gateway_entry
from .node import find_node

_VARIABLE = "PERSIST_SESSION_WHEEL"
"""Tells the command which Python called it."""


def main() -> int:
    """Becomes the command line of the gateway, with the arguments of this process. The npm
    package's command is the same program."""
    try:
        node, entry = find_node(), gateway_entry()
    except PersistError as error:
        print(f"persist-session: {error.message}", file=sys.stderr)
        return 1
    command = [node.program, entry, *sys.argv[1:]]
    environment = {**os.environ, _VARIABLE: app_python().as_json()}
    if os.name != "nt":
        # The same process: signals, the terminal and the exit code are Node's without a relay.
        os.execve(node.program, command, environment)
    process = subprocess.Popen(command, env=environment)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            # Ctrl+C reaches Node as well, which ends by itself.
            continue
