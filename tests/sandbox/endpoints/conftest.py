"""A router of its own for each test, and servers to route to."""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.endpoints import Router


@pytest.fixture
def router(tmp_path: Path) -> Iterator[Router]:
    router = Router(tmp_path)
    yield router
    router.close()


@pytest.fixture
def serve() -> Iterator[Callable]:
    """Start servers that give each connection to a function in a thread, and give their backends."""
    listeners = []

    def start(handle: Callable[[socket.socket], None]) -> tuple[str, int]:
        listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        listeners.append(listener)

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=handle, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        return listener.getsockname()

    yield start
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


@pytest.fixture
def named(serve) -> Callable[[bytes], tuple[str, int]]:
    """Start a server that answers every message with its name."""

    def start(name: bytes) -> tuple[str, int]:
        def answer(connection: socket.socket) -> None:
            with connection:
                while connection.recv(1000):
                    connection.sendall(name)

        return serve(answer)

    return start
