"""A connection to a server on this machine that a test can break."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType

CHUNK = 1 << 16


class Proxy:
    """Hands bytes on between clients and a server on loopback; while it is broken it ends every connection at once."""

    def __init__(self, port: int) -> None:
        """Begin to listen on a free port, for what is behind a port."""
        self._behind = ("127.0.0.1", port)
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._broken = False
        self.refused = 0
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listening.getsockname()[1])

    def break_off(self) -> None:
        """End all connections, and every new one."""
        with self._lock:
            self._broken, self.refused = True, 0
            for one in self._open:
                _shut(one)

    def mend(self) -> None:
        """Let new connections through again."""
        with self._lock:
            self._broken = False

    def __enter__(self) -> Proxy:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.break_off()
        _shut(self._listening)
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            with self._lock:
                broken = self._broken
                self.refused += broken
            if broken:
                client.close()
            else:
                threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _relay(self, client: socket.socket) -> None:
        with client, suppress(OSError), socket.create_connection(self._behind) as server:
            with self._lock:
                self._open |= {client, server}
            back = threading.Thread(target=_pump, args=(server, client), daemon=True)
            back.start()
            _pump(client, server)
            back.join()
            with self._lock:
                self._open -= {client, server}


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(CHUNK):
            target.sendall(data)
    _shut(source)
    _shut(target)


def _shut(one: socket.socket) -> None:
    with suppress(OSError):  # the other side may have gone already
        one.shutdown(socket.SHUT_RDWR)
