import asyncio
import socket
from contextlib import closing

import pytest

from sandbox.endpoints.relay import Half


async def end(wire: socket.socket) -> Half:
    _, half = await asyncio.get_running_loop().create_connection(Half, sock=wire)
    return half


def relayed(*, says: bytes, ends: bool) -> bytes:
    """What a server hears of a client that spoke, and perhaps ended, before the two were joined."""

    async def main() -> None:
        client, server = await end(inner_client), await end(inner_server)
        client.data_received(says)
        if ends:
            client.eof_received()
        client.join(server)
        await asyncio.sleep(0)

    inner_client, outer_client = socket.socketpair()
    inner_server, outer_server = socket.socketpair()
    with closing(outer_client), closing(outer_server):
        asyncio.run(main())
        outer_server.settimeout(10)
        return outer_server.recv(100)


@pytest.mark.parametrize("ends", [False, True])
def test_early_words_wait_for_the_peer(ends):
    """It should pass on what was said before there was anybody to hear it, as the first Pythons 3.11 let happen."""
    assert relayed(says=b"who?", ends=ends) == b"who?"
