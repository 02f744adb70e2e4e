"""Keeps the gateway running. If it cannot be kept, its connections are passed to Streamlit as they are."""

from __future__ import annotations

import atexit
import os
import socket
import threading
import time
from collections.abc import Mapping
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
"""After so many seconds of running, an end is no failure of the start."""
_PAUSES = (0.0, 0.25, 0.5, 1.0)
"""Seconds before a new start. Meanwhile connections wait in the socket, which this process holds."""


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
        self._fields = fields
        self._process: GatewayProcess | None = None
        self._stopping = threading.Event()
        self._owner = os.getpid()

    def start(self) -> dict[str, str]:
        """Starts the gateway for the first time, and gives the variables that it reports.

        :raises PersistError: `ERR_GATEWAY_START`; then it is not started again
        """
        self._sockets = [one.dup() for one in self._opened]
        try:
            report = self._launch()
        except BaseException:
            for one in self._sockets:
                one.close()
            raise
        # Streamlit lets the programs that an app starts inherit its socket. They could hold the port.
        for one in self._opened:
            one.set_inheritable(False)
        os.register_at_fork(after_in_child=self._leave)
        atexit.register(self._stop)
        threading.Thread(target=self._watch, name="persist-session.gateway", daemon=True).start()
        return report

    def _launch(self) -> dict[str, str]:
        self._process = GatewayProcess(self._command, self._environment, [one.fileno() for one in self._sockets], self._fields)
        return self._process.ready()

    def _watch(self) -> None:
        failures, since = 0, time.monotonic()
        while True:
            how = "it did not start"
            if self._process is not None:
                how = ending(self._process.wait())
            if self._stopping.is_set():
                return
            failures = 1 if time.monotonic() - since > _STEADY else failures + 1
            if failures >= MAX_QUICK_FAILURES:
                self._give_up()
                return
            tell(f"The gateway ended ({how}). It is started again; pages wait for it.")
            if self._stopping.wait(_PAUSES[min(failures, len(_PAUSES)) - 1]):
                return
            since = time.monotonic()
            try:
                self._again()
            except PersistError as error:
                tell(error.message)

    def _again(self) -> None:
        old, self._process = self._process, None
        if old is not None:
            old.stop()
        add_own_variables(self._launch())
        connect()

    def _give_up(self) -> None:
        relay(self._sockets, self._listener.getsockname(), self._fields.get("tls"))
        alone(
            f"The gateway has ended {MAX_QUICK_FAILURES} times shortly after its start, and is not started again. "
            "What it printed above says why; then start the app again."
        )

    def _stop(self) -> None:
        """Ends the gateway with this process, and waits for that: who starts the app again at once wants the same port."""
        if os.getpid() != self._owner:
            return
        self._stopping.set()
        if self._process is not None:
            self._process.stop()

    def _leave(self) -> None:
        """In a forked child: it must hold neither the port nor what keeps the gateway alive."""
        for one in (*self._sockets, *self._opened, self._listener):
            one.close()
        if self._process is not None and self._process.parent >= 0:
            os.close(self._process.parent)
            self._process.parent = -1
