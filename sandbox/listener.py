"""The HTTP side: one thread per connection on loopback, HTTP/1.1 with keep-alive as AWS clients expect.

Werkzeug's own handler closes every connection after one answer; requests here are read to their end before
they are handled, so a connection can carry the next one.
"""

from __future__ import annotations

import contextlib
import io
import logging
import socket
import threading
from collections.abc import Callable
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

from sandbox.ports import listen
from sandbox.wire import Answer, Environ

IDLE_SECONDS = 300
log = logging.getLogger(__name__)


class Handler(MotoRequestHandler):
    """Reads requests, hands them to the gateway and writes the answers."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # header and body leave in one segment
    timeout = IDLE_SECONDS

    server: _Server

    def run_wsgi(self) -> None:
        """Handle one request; called by the base class for every HTTP method."""
        if self.headers.get("Expect", "").strip().lower() == "100-continue":
            self.send_response_only(100)
            self.end_headers()
            self.wfile.flush()
        environ = self.make_environ()
        _read_body(environ)
        answer = self.server.answer(environ)
        if answer is None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._write(answer)

    def _write(self, answer: Answer) -> None:
        self.send_response(answer.status)
        names = {name.lower() for name, _ in answer.headers}
        for name, value in answer.headers:
            self.send_header(name, value)
        if "content-length" not in names and answer.status not in {204, 304}:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
        self.wfile.flush()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Leave logging of requests to the call log."""


def _read_body(environ: Environ) -> None:
    if environ.get("wsgi.input_terminated"):
        body: bytes = environ["wsgi.input"].read()
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        environ["CONTENT_LENGTH"] = str(len(body))
    else:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)


class _Server(ThreadedWSGIServer):
    """Knows its open connections, so that closing the server ends them as the end of a process would."""

    daemon_threads = True

    def __init__(self, listening: socket.socket, answer: Callable[[Environ], Answer | None]) -> None:
        host, port = listening.getsockname()
        super().__init__(host, port, _unused, Handler, fd=listening.fileno())
        self.answer = answer
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def cut(self) -> None:
        """Close all open connections."""
        with self._lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):  # the client may have gone already
                    connection.shutdown(socket.SHUT_RDWR)

    def log(self, type: str, message: str, *args: Any) -> None:
        log.log(logging.getLevelNamesMapping()[type.upper()], message, *args)


class Listener:
    """A server thread on one loopback port."""

    def __init__(self, answer: Callable[[Environ], Answer | None], port: int = 0) -> None:
        """Bind the port (0: any free one); SandboxError where it is taken."""
        with listen(port) as listening:
            self._server = _Server(listening, answer)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """Where clients reach it."""
        return f"http://{self._server.host}:{self._server.port}"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def close(self) -> None:
        """Stop answering and close all connections."""
        self._server.shutdown()
        self._thread.join()
        self._server.cut()


def _unused(environ: Environ, start_response: Any) -> list[bytes]:
    raise NotImplementedError("requests go to the gateway, not through WSGI")
