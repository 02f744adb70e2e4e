"""Keeps the gateway running. If it cannot be kept, its connections are passed to Streamlit as they
are."""

from __future__ import annotations

import atexit
import os
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ..errors import PersistError
from ..own_environment import add_own_variables
from ..streamlit import connect
from .alone import alone
from .gateway import GatewayProcess, ending
from .relay import relay
from .tell import tell

MAX_QUICK_FAILURES = 5
_STEADY = 10.0
"""After this many seconds of running, an end does not count as a failed start."""
_PAUSES = (0.0, 0.25, 0.5, 1.0)
"""Seconds before a new start. Meanwhile connections wait in the socket, which this process
holds."""


class Supervisor:
    def __init__(
        self,
        command: list[str],
        environment: Mapping[str, str],
        sockets: list[socket.socket],
        listener: socket.socket,
        fields: Mapping[str, Any],
    ) -> None:
        """:param sockets: what browsers connect to; this process keeps copies of them
        :param listener: what the gateway connects to
        :param fields: more of the handover
        """
        self._command = command
        self._environment = environment
        self._opened = sockets
        self._sockets: list[socket.socket] = []
        self._listener = listener
        # Streamlit closes the listener when it ends.
        self._target: tuple[str, int] = listener.getsockname()[:2]
        self._fields = fields
        self._process: GatewayProcess | None = None
        self._serves_since: float | None = None
        self._stopping = threading.Event()
        self._owner = os.getpid()

    def start(self) -> dict[str, str]:
        """Starts the gateway for the first time, and gives the variables that it reports.

        :raises PersistError: `ERR_GATEWAY_START`; then it is not started again
        """
        try:
            for one in self._opened:
                self._sockets.append(one.dup())
            report = self._launch()
            # Streamlit lets the programs that an app starts inherit its socket. They could hold the
            # port.
            for one in self._opened:
                one.set_inheritable(False)
            threading.Thread(target=self._watch, name="persist-session.gateway", daemon=True).start()
        except BaseException as error:
            self.leave_alone()
            if isinstance(error, (OSError, RuntimeError)):
                raise PersistError("ERR_GATEWAY_START", f"The gateway did not start: {error}.") from error
            raise
        os.register_at_fork(after_in_child=self._leave)
        atexit.register(self._stop)
        return report

    def leave_alone(self) -> None:
        """Ends the gateway for good: Streamlit continues with the sockets that it opened."""
        self._stopping.set()
        if self._process is not None:
            self._process.stop()
        for one in self._sockets:
            one.close()

    def _launch(self) -> dict[str, str]:
        self._serves_since = None
        self._process = GatewayProcess(self._command, self._environment, [one.fileno() for one in self._sockets], self._fields)
        report = self._process.ready()
        self._serves_since = time.monotonic()
        return report

    def _watch(self) -> None:
        """Nothing else accepts the connections of browsers, so this thread never ends without a
        relay."""
        why = f"The gateway has ended {MAX_QUICK_FAILURES} times shortly after its start"
        try:
            self._keep_running()
        except BaseException as error:
            why = f"The gateway cannot be watched ({error!r})"
        finally:
            if not self._stopping.is_set():
                self._give_up(why)

    def _keep_running(self) -> None:
        """Returns when the gateway must not be started again."""
        failures = 0
        while True:
            how = "it did not start"
            if self._process is not None:
                how = ending(self._process.wait())
            if self._stopping.is_set():
                return
            was_steady = self._serves_since is not None and time.monotonic() - self._serves_since > _STEADY
            failures = 1 if was_steady else failures + 1
            if failures >= MAX_QUICK_FAILURES:
                return
            tell(f"The gateway ended ({how}). It is started again; pages wait for it.")
            if self._stopping.wait(_PAUSES[min(failures, len(_PAUSES)) - 1]):
                return
            try:
                self._again()
            except PersistError as error:
                tell(error.message)
            except Exception as error:
                tell(f"The gateway did not start ({error!r}).")

    def _again(self) -> None:
        old, self._process = self._process, None
        self._serves_since = None
        if old is not None:
            old.stop()
        add_own_variables(self._launch())
        connect()

    def _give_up(self, why: str) -> None:
        try:
            if self._process is not None:
                self._process.stop()
            alone(f"{why}, and is not started again. What is printed above says more; then start the app again.")
        except BaseException as error:
            tell(f"Streamlit runs without us ({error!r}).")
        finally:
            relay(self._sockets, self._target, self._fields.get("tls"), self._stopping)

    def _stop(self) -> None:
        """Ends the gateway with this process, and waits for that: an app that is started again at
        once needs the same port."""
        if os.getpid() != self._owner:
            return
        self._stopping.set()
        if self._process is not None:
            self._process.stop()

    def _leave(self) -> None:
        """In a forked child: it must hold neither the port nor what keeps the gateway alive."""
        for one in (*self._sockets, *self._opened, self._listener):
            with suppress(OSError):
                one.close()
        if self._process is not None:
            self._process.let_go()
