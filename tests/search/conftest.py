"""A small HTTPS server that answers what a test tells it and keeps what it was asked."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import PROTOCOL_TLS_SERVER, SSLContext

import pytest

from sandbox.endpoints import CertificateAuthority


class Listener:
    """Answers with what is in `answers`, the last one for ever: (status, body) or None to close the connection."""

    def __init__(self, authority, names):
        self.requests = []
        self.answers = [(200, b"{}")]
        listener = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                size = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(size)
                listener.requests.append((self.command, self.path, dict(self.headers), body))
                answer = listener.answers.pop(0) if len(listener.answers) > 1 else listener.answers[0]
                if answer is None:
                    self.close_connection = True
                    return
                status, content = answer
                content = content if isinstance(content, bytes) else json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

            do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        certificate, key = authority.server_certificate(names)
        context = SSLContext(PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        self.url = f"https://127.0.0.1:{self._server.server_port}"

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return CertificateAuthority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def domain(authority):
    """A domain's endpoint with a certificate for its address."""
    listener = Listener(authority, ["127.0.0.1"])
    yield listener
    listener.close()


@pytest.fixture
def misnamed(authority):
    """An endpoint with somebody else's certificate."""
    listener = Listener(authority, ["elsewhere.example"])
    yield listener
    listener.close()
