"""Collectors on loopback, which keep what Airflow sends them: StatsD, OTLP, OpenLineage, mail."""

from __future__ import annotations

import gzip
import json
import re
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)

_LINE = re.compile(r"(?P<name>[^:|,]+)(?P<tags>(?:,[^:|]+)?):(?P<value>-?[0-9.e+-]+)\|(?P<kind>\w+)")

_FLUSH, _END = b"flush", b"end"


@dataclass(frozen=True)
class Sample:
    """One value of a metric as a collector received it."""

    name: str
    kind: str
    value: float
    tags: dict[str, str]


class Statsd:
    """A StatsD server on UDP; `samples` are in the order of their arrival."""

    def __init__(self) -> None:
        self.samples: list[Sample] = []
        self.unread: list[str] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._read = threading.Semaphore(0)
        self._thread = threading.Thread(target=self._receive, daemon=True)
        self._thread.start()

    def flushed(self) -> list[Sample]:
        """All that was sent before: a datagram of our own is the last one on the loopback."""
        self._tell(_FLUSH)
        self._read.acquire()
        return self.samples

    def _receive(self) -> None:
        # At once and always: what does not fit into the socket's buffer is lost.
        while (text := self._socket.recv(65536)) != _END:
            if text == _FLUSH:
                self._read.release()
                continue
            for line in text.decode().splitlines():
                self._keep(line)

    def _tell(self, text: bytes) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
            own.sendto(text, ("127.0.0.1", self.port))

    def _keep(self, line: str) -> None:
        found = _LINE.fullmatch(line)
        if found is None:
            self.unread.append(line)
            return
        tags = dict(one.split("=") for one in found["tags"].split(",") if one)
        self.samples.append(Sample(found["name"], found["kind"], float(found["value"]), tags))

    def close(self) -> None:
        """Give the port back."""
        self._tell(_END)
        self._thread.join()
        self._socket.close()


class _Http:
    """An HTTP server that hands the body of each request to `keep`."""

    def __init__(self, keep: Callable[[bytes], bytes], content_type: str) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                answer = keep(body)
                self.send_response(200)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Otlp(_Http):
    """An OpenTelemetry collector for metrics over HTTP; `samples` are the data points of what was exported."""

    def __init__(self) -> None:
        self.samples: list[Sample] = []
        super().__init__(self._keep, "application/x-protobuf")

    def _keep(self, body: bytes) -> bytes:
        request = ExportMetricsServiceRequest.FromString(body)
        for metric in (
            metric
            for resource in request.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        ):
            kind = metric.WhichOneof("data")
            for point in getattr(metric, kind).data_points:
                tags = {one.key: one.value.string_value for one in point.attributes}
                if kind in ("gauge", "sum"):
                    value = point.as_double if point.WhichOneof("value") == "as_double" else point.as_int
                else:
                    value = point.sum
                self.samples.append(Sample(metric.name, kind, float(value), tags))
        return ExportMetricsServiceResponse().SerializeToString()


class Lineage(_Http):
    """An OpenLineage server; `events` are in the order of their arrival."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        super().__init__(self._keep, "application/json")

    def _keep(self, body: bytes) -> bytes:
        self.events.append(json.loads(body))
        return b"{}"

    def wait_for(self, wanted: Callable[[dict[str, Any]], bool], *, seconds: float) -> dict[str, Any]:
        """The first event that is wanted.

        Raises:
            TimeoutError: none came in time.
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for event in list(self.events):
                if wanted(event):
                    return event
            time.sleep(0.1)
        raise TimeoutError(f"none of {len(self.events)} events of lineage was the one")


class Mail:
    """A mail server without TLS and logins; `messages` are in the order of their arrival."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        keep = self.messages.append

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self._say("220 mail")
                while line := self.rfile.readline():
                    match line.split()[0].upper():
                        case b"DATA":
                            self._say("354 go on")
                            keep(message_from_bytes(self._text(), _class=EmailMessage, policy=policy.default))
                            self._say("250 taken")
                        case b"QUIT":
                            return self._say("221 bye")
                        case _:
                            self._say("250 well")
                return None

            def _text(self) -> bytes:
                lines = []
                while (line := self.rfile.readline()) not in (b".\r\n", b""):
                    lines.append(line.removeprefix(b"."))
                return b"".join(lines)

            def _say(self, text: str) -> None:
                self.wfile.write(f"{text}\r\n".encode())

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Give the port back."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def collecting(kind: type[Any]) -> Iterator[Any]:
    """A collector until the end of the block."""
    collector = kind()
    try:
        yield collector
    finally:
        collector.close()
