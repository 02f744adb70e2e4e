"""Passes bytes between browsers and Streamlit: plain Streamlit, if the gateway cannot be kept running."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Mapping

_PIECE = 65_536


def relay(sockets: list[socket.socket], target: tuple[str, int], tls: Mapping[str, str] | None) -> None:
    """Accepts the connections of listening sockets from now on, on a thread of its own.

    :param target: where Streamlit listens
    :param tls: the files of a certificate (``cert``) and of its key (``key``), if browsers speak HTTPS
    """
    context = None
    if tls is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(tls["cert"], tls["key"])
    threading.Thread(target=lambda: asyncio.run(_serve(sockets, target, context)), name="persist-session.relay", daemon=True).start()


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
