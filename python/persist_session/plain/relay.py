"""Passes bytes between browsers and Streamlit: plain Streamlit, if the gateway cannot be kept
running."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import ExitStack

from .tell import tell

_PIECE = 65_536
_PAUSE = 0.5
"""Seconds before another attempt. Meanwhile connections wait in the sockets."""


def relay(sockets: list[socket.socket], target: tuple[str, int], tls: Mapping[str, str] | None, stopping: threading.Event) -> None:
    """Accepts the connections of listening sockets, on this thread, which may be unable to start
    another one. Returns if it is told to stop before it accepts any; otherwise it runs as long as
    the process.

    :param target: where Streamlit listens
    :param tls: the files of a certificate (``cert``) and of its key (``key``), if browsers speak
      HTTPS
    """
    told = ""
    while not stopping.is_set():
        try:
            _attempt(sockets, target, tls)
        except Exception as error:
            # Descriptors may be short, or a certificate may be about to be replaced. Both are
            # temporary.
            reason = f"Pages wait: their connections cannot be passed to Streamlit ({error}). Another attempt follows."
            if reason != told:
                tell(reason)
            told = reason
        stopping.wait(_PAUSE)


def _attempt(sockets: list[socket.socket], target: tuple[str, int], tls: Mapping[str, str] | None) -> None:
    context = None
    if tls is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(tls["cert"], tls["key"])
    with ExitStack() as opened:
        # asyncio closes its sockets when it ends; the next attempt needs them.
        copies = [opened.enter_context(one.dup()) for one in sockets]
        with ExitStack() as tried:
            # As many as asyncio needs. If it gets too few, it prints more than its error.
            for _ in range(2):
                for one in socket.socketpair():
                    tried.enter_context(one)
        asyncio.run(_serve(copies, target, context))


async def _serve(sockets: list[socket.socket], target: tuple[str, int], context: ssl.SSLContext | None) -> None:
    async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            from_streamlit, to_streamlit = await asyncio.open_connection(*target[:2])
        except OSError:
            writer.close()
            return
        try:
            await asyncio.gather(_pump(reader, to_streamlit), _pump(from_streamlit, writer))
        except OSError:
            pass  # one side is gone, so the other one goes
        finally:
            writer.close()
            to_streamlit.close()

    servers = []
    for one in sockets:
        one.setblocking(False)
        servers.append(await asyncio.start_server(join, sock=one, ssl=context))
    await asyncio.gather(*(server.serve_forever() for server in servers))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(_PIECE):
        writer.write(piece)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
    else:
        # TLS cannot close one direction alone.
        writer.close()
