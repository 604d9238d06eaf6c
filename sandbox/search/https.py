"""An HTTPS server on loopback: one thread per connection, HTTP/1.1 with keep-alive."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingTCPServer
from typing import Any

IDLE_SECONDS = 300.0
HANDSHAKE_SECONDS = 10.0
MAX_BODY = 10 * 1024 * 1024
"""What small instances of Amazon OpenSearch Service take.

Source: https://docs.aws.amazon.com/opensearch-service/latest/developerguide/limits.html
"""
JSON = "application/json; charset=UTF-8"


@dataclass(frozen=True)
class Request:
    """What a client asks."""

    method: str
    target: str
    headers: Message
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What it gets."""

    status: int
    body: bytes
    content_type: str = JSON


class HttpsServer:
    """Serves requests until it is closed."""

    def __init__(
        self,
        certificate: Path,
        key: Path,
        answer: Callable[[Request], Answer],
        *,
        after_connection: Callable[[], None] = lambda: None,
        max_body: int = MAX_BODY,
    ) -> None:
        """Begin to serve, on a free port.

        Args:
            certificate: PEM file.
            key: its private key.
            answer: called in the thread of the connection.
            after_connection: called at the end of that thread.
            max_body: the longest body taken, in bytes.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(certificate, key)
        self._server = _Server(context, answer, after_connection, max_body)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port on loopback."""
        return int(self._server.server_address[1])

    def close(self) -> None:
        """Stop serving; open connections end."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server.cut()


class _Server(ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(
        self,
        context: ssl.SSLContext,
        answer: Callable[[Request], Answer],
        after_connection: Callable[[], None],
        max_body: int,
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self._context = context
        self._after_connection = after_connection
        self._connections: set[socket.socket] = set()
        self.answer = answer
        self.max_body = max_body

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Greet a client in its own thread, so that a slow one holds up nobody."""
        try:
            request.settimeout(HANDSHAKE_SECONDS)
            secured = self._context.wrap_socket(request, server_side=True)
        except OSError:
            self.shutdown_request(request)  # a client that does not trust the certificate, or speaks no TLS
            return
        self._connections.add(secured)
        try:
            super().process_request_thread(secured, client_address)
        finally:
            self._connections.discard(secured)
            self._after_connection()

    def cut(self) -> None:
        for connection in list(self._connections):
            with contextlib.suppress(OSError):  # the client may have gone already
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: what ends a connection here is that the client is gone."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # header and body leave in one segment
    timeout = IDLE_SECONDS
    server: _Server

    def serve(self) -> None:
        """Answer one request."""
        length = self.headers.get("Content-Length")
        if length is None and self.headers.get("Transfer-Encoding"):
            self._refuse(411, b'{"message":"Length Required"}')
        elif int(length or 0) > self.server.max_body:
            message = f'{{"Message":"Request size exceeded {self.server.max_body} bytes"}}'
            self._refuse(413, message.encode())
        else:
            body = self.rfile.read(int(length or 0))
            self._write(self.server.answer(Request(self.command, self.path, self.headers, body)))

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = serve  # noqa: N815 - the base class finds them by these names

    def _refuse(self, status: int, body: bytes) -> None:
        """Answer without having read the body, after which the connection cannot go on."""
        self.close_connection = True
        self._write(Answer(status, body))

    def _write(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
        self.wfile.flush()

    def log_message(self, *_: Any) -> None:
        """Leave logging of requests to those who send them."""
