"""One process of the gateway, on sockets of this one."""

from __future__ import annotations

import json
import os
import select
import subprocess
import time
from collections.abc import Mapping
from typing import Any

from ..errors import PersistError

MAX_START = 60.0
"""Seconds that a start may take: Streamlit waits for it."""
_MAX_CLOSING = 5.0
"""Seconds that an end in good order may take."""


class GatewayProcess:
    def __init__(self, command: list[str], environment: Mapping[str, str], sockets: list[int], fields: Mapping[str, Any]) -> None:
        """:raises PersistError: `ERR_GATEWAY_START` if the program does not start"""
        self._report, report = os.pipe()
        parent, self.parent = os.pipe()
        handover = {"listen": sockets, "report": report, "parent": parent, **fields}
        try:
            self._process = subprocess.Popen(
                command,
                env={**environment, "PERSIST_SESSION_HANDOVER": json.dumps(handover)},
                pass_fds=(*sockets, report, parent),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                # A terminal's signals are for Streamlit: what it still saves goes through the gateway, which ends after it.
                start_new_session=True,
            )
        except OSError as error:
            os.close(self._report)
            os.close(self.parent)
            raise PersistError("ERR_GATEWAY_START", f"The gateway did not start: {command[0]} cannot be run ({error}).") from error
        finally:
            os.close(report)
            os.close(parent)

    def ready(self) -> dict[str, str]:
        """Waits until it serves, and gives the variables for this process. If it does not, it is ended.

        :raises PersistError: `ERR_GATEWAY_START`, or the code that it reports
        """
        try:
            line = self._read_line()
            if line is None:
                raise PersistError("ERR_GATEWAY_START", f"The gateway did not start within {MAX_START:g} s.")
            if not line:
                code = self._process.wait()
                raise PersistError("ERR_GATEWAY_START", f"The gateway ended while it started ({ending(code)}). What it printed says why.")
            fields = json.loads(line)
            if "error" in fields:
                raise PersistError(str(fields.get("code") or "ERR_GATEWAY_START"), str(fields["error"]))
            return {str(name): str(value) for name, value in fields["environment"].items()}
        except BaseException:
            self._process.kill()
            self.stop()
            raise
        finally:
            os.close(self._report)

    def wait(self) -> int:
        """Waits until it has ended. Gives its exit code, below zero for a signal."""
        return self._process.wait()

    def stop(self) -> None:
        """Ends it and waits until it is gone, so that its port is free."""
        if self.parent >= 0:
            os.close(self.parent)
            self.parent = -1
        try:
            self._process.wait(_MAX_CLOSING)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _read_line(self) -> bytes | None:
        """What it reports; empty if it ends without; None if it takes too long."""
        deadline = time.monotonic() + MAX_START
        text = b""
        while not text.endswith(b"\n"):
            ready, _, _ = select.select([self._report], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                return None
            piece = os.read(self._report, 65_536)
            if not piece:
                return b""
            text += piece
        return text


def ending(code: int) -> str:
    """How a process ended, in words."""
    return f"signal {-code}" if code < 0 else f"exit code {code}"
