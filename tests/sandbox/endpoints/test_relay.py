import asyncio
import socket
from contextlib import closing

import pytest

from sandbox.endpoints.relay import Half


async def end(wire: socket.socket) -> Half:
    _, half = await asyncio.get_running_loop().create_connection(Half, sock=wire)
    return half


def relayed(*, ends: bool) -> list[bytes]:
    """What a server hears of a client that spoke, and perhaps ended, before the two were joined; b"" is the end."""

    async def main() -> list[bytes]:
        client, server = await end(inner_client), await end(inner_server)
        client.data_received(b"who?")
        if ends:
            client.eof_received()
        client.join(server)
        heard = asyncio.get_running_loop().sock_recv
        async with asyncio.timeout(10):
            return [await heard(outer_server, 100) for _ in range(1 + ends)]

    inner_client, outer_client = socket.socketpair()
    inner_server, outer_server = socket.socketpair()
    outer_server.setblocking(False)
    with closing(outer_client), closing(outer_server):
        return asyncio.run(main())


@pytest.mark.parametrize(("ends", "heard"), [(False, [b"who?"]), (True, [b"who?", b""])])
def test_early_words_wait_for_the_peer(ends, heard):
    """It should pass on what was said before there was anybody to hear it, and that it was all."""
    assert relayed(ends=ends) == heard
