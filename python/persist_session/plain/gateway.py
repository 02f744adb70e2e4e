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
        self._report, report, parent, self.parent = _pipes()
        try:
            self._process = subprocess.Popen(
                command,
                env={**environment, "PERSIST_SESSION_HANDOVER": json.dumps({"listen": sockets, "report": report, "parent": parent, **fields})},
                pass_fds=(*sockets, report, parent),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                # A terminal's signals are for Streamlit: what it still saves goes through the
                # gateway, which ends after it.
                start_new_session=True,
            )
        except BaseException as error:
            os.close(self._report)
            os.close(self.parent)
            if isinstance(error, OSError):
                raise PersistError("ERR_GATEWAY_START", f"The gateway did not start: {command[0]} cannot be run ({error}).") from error
            raise
        finally:
            os.close(report)
            os.close(parent)

    def ready(self) -> dict[str, str]:
        """Waits until it serves, and gives the variables for this process. If it does not, it is
        ended.

        :raises PersistError: `ERR_GATEWAY_START`, or the code that it reports
        """
        try:
            line = self._read_line()
            if line is None:
                raise PersistError("ERR_GATEWAY_START", f"The gateway did not start within {MAX_START:g} s.")
            if not line:
                code = self._process.wait()
                raise PersistError("ERR_GATEWAY_START", f"The gateway ended while it started ({ending(code)}). What it printed says why.")
            return _variables(line)
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
        self.let_go()
        try:
            self._process.wait(_MAX_CLOSING)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def let_go(self) -> None:
        """Closes the pipe by which the gateway sees that this process is alive."""
        parent, self.parent = self.parent, -1
        if parent >= 0:
            try:
                os.close(parent)
            except OSError:
                pass  # the app has closed it

    def _read_line(self) -> bytes | None:
        """What it reports; empty if it ends without; None if it takes too long."""
        deadline = time.monotonic() + MAX_START
        # `select` would refuse the descriptors of an app that has more than 1,024 of them.
        readable = select.poll()
        readable.register(self._report, select.POLLIN)
        text = b""
        while not text.endswith(b"\n"):
            if not readable.poll(max(0.0, deadline - time.monotonic()) * 1000):
                return None
            piece = os.read(self._report, 65_536)
            if not piece:
                return b""
            text += piece
        return text


def _pipes() -> tuple[int, int, int, int]:
    """Both ends of two pipes."""
    opened: list[int] = []
    try:
        opened += os.pipe()
        opened += os.pipe()
    except OSError as error:
        for one in opened:
            os.close(one)
        raise PersistError("ERR_GATEWAY_START", f"The gateway did not start: no pipe can be opened for it ({error}).") from error
    return opened[0], opened[1], opened[2], opened[3]


def _variables(line: bytes) -> dict[str, str]:
    """The variables in a report.
    :raises PersistError: the code that it names, or `ERR_GATEWAY_START` if it cannot be read"""
    try:
        fields = json.loads(line)
        if "error" not in fields:
            return {str(name): str(value) for name, value in fields["environment"].items()}
        code, message = str(fields.get("code") or "ERR_GATEWAY_START"), str(fields["error"])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise PersistError("ERR_GATEWAY_START", "The gateway did not start: its report cannot be read. Install persist-session anew.") from error
    raise PersistError(code, message)


def ending(code: int) -> str:
    """How a process ended, in words."""
    return f"signal {-code}" if code < 0 else f"exit code {code}"
