"""A real OpenSearch in the place of the sandbox's engine: the official image of docker-compose.yaml, for one."""

from __future__ import annotations

import base64
import http.client
import json
import os
import ssl
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import SplitResult, unquote, urlsplit

from sandbox.search import signatures
from sandbox.search.errors import SearchError
from sandbox.search.https import Answer, HttpsServer, Request
from sandbox.search.node import NAMES, remove_package, write_package
from sandbox.search.oracle import STANDARD

if TYPE_CHECKING:
    from sandbox.endpoints import CertificateAuthority

URL_VARIABLE = "SWITCHYARD_SANDBOX_OPENSEARCH_URL"
FOLDER_VARIABLE = "SWITCHYARD_SANDBOX_OPENSEARCH_FOLDER"
TIMEOUT_SECONDS = 60.0
_FORWARDED = ("Content-Type", "Accept")
_REFRESH = "/_plugins/_refresh_search_analyzers/*"


class ExternalNode:
    """The interface of `SearchNode` in front of a real OpenSearch; a context manager, thread-safe.

    Clients meet the same HTTPS endpoint and the same demand for signatures; what is behind it decides the rest.

    Attributes:
        folder: the configuration folder shared with the real OpenSearch.
    """

    def __init__(
        self,
        url: str,
        folder: Path,
        *,
        authority: CertificateAuthority,
        auth: signatures.Auth = "sigv4",
        ca_bundle: Path | None = None,
    ) -> None:
        """Begin to serve.

        Args:
            url: of the real OpenSearch; user and password in it are sent as basic authentication.
            folder: its configuration folder, where this process may write.
            authority: signs the endpoint's certificate.
            auth: whether requests must be signed.
            ca_bundle: what to verify the real one's certificate with, where it is not the system's.
        """
        self.folder = folder
        self._auth = auth
        self._upstream = _Upstream(urlsplit(url), ca_bundle)
        self._automatic = True
        certificate, key = authority.server_certificate(NAMES)
        self._server = HttpsServer(certificate, key, self._answer, after_connection=self._upstream.hang_up)

    @classmethod
    def start(
        cls, _folder: Path, *, authority: CertificateAuthority, auth: signatures.Auth = "sigv4"
    ) -> Self:
        """Stand in front of the OpenSearch that the environment names, whose folder replaces the one given.

        Raises:
            SearchError: the environment does not name its address and its configuration folder.
        """
        url, shared = os.environ.get(URL_VARIABLE), os.environ.get(FOLDER_VARIABLE)
        if not url or not shared:
            raise SearchError(
                f"set {URL_VARIABLE} to the address of an OpenSearch and {FOLDER_VARIABLE} to its configuration "
                "folder, shared with this machine"
            )
        return cls(url, Path(shared), authority=authority, auth=auth)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """The process of the endpoint, which is this one."""
        return os.getpid()

    @property
    def host_port(self) -> str:
        """The endpoint as a domain's description names it: host and port."""
        return f"127.0.0.1:{self._server.port}"

    @property
    def url(self) -> str:
        """The endpoint."""
        return f"https://{self.host_port}"

    def put_package(self, package_id: str, content: bytes) -> None:
        """Write a dictionary, and have open indexes take it up unless that is switched off.

        Raises:
            SearchError: the real OpenSearch does not answer.
        """
        write_package(self.folder, package_id, content)
        if self._automatic:
            self._upstream.send(Request("POST", _REFRESH, http.client.HTTPMessage(), b""))

    def remove_package(self, package_id: str) -> None:
        """Delete a dictionary."""
        remove_package(self.folder, package_id)

    def auto_refresh(self, on: bool) -> None:
        """Switch on or off that open indexes take up new dictionaries by themselves."""
        self._automatic = on

    def parse(self, lines: Sequence[str], chain: Mapping[str, Any] = STANDARD) -> list[str | None]:
        """Have each text read as rules of a filter: None where they are taken, else what is said.

        Raises:
            SearchError: the real OpenSearch does not answer.
        """
        return [self._problem(line, chain) for line in lines]

    def close(self) -> None:
        """Stop serving."""
        self._server.close()

    def _answer(self, request: Request) -> Answer:
        if self._auth == "sigv4" and (refused := signatures.refusal(request)):
            return refused
        try:
            return self._upstream.send(request)
        except SearchError as error:
            return Answer(503, json.dumps({"message": str(error)}).encode(), "application/json")

    def _problem(self, line: str, chain: Mapping[str, Any]) -> str | None:
        declared = [
            {"type": name, "stopwords": words} if name == "stop" else name
            for each in chain.get("filters", ())
            for name, words in (each.items() if isinstance(each, Mapping) else [(each, None)])
        ]
        rules = {"type": "synonym_graph", "synonyms": [line]}
        body = {"tokenizer": chain.get("tokenizer", "standard"), "filter": [*declared, rules], "text": "x"}
        headers = http.client.HTTPMessage()
        headers["Content-Type"] = "application/json"
        answer = self._upstream.send(Request("POST", "/_analyze", headers, json.dumps(body).encode()))
        return None if answer.status == 200 else str(json.loads(answer.body)["error"]["reason"])


class _Upstream:
    """Connections to the real OpenSearch, one per thread."""

    def __init__(self, address: SplitResult, ca_bundle: Path | None) -> None:
        self._address = address
        self._context = ssl.create_default_context(cafile=str(ca_bundle) if ca_bundle else None)
        self._mine = threading.local()

    def send(self, request: Request) -> Answer:
        """Pass a request on and its answer back.

        Raises:
            SearchError: there is no answer.
        """
        headers = {name: value for name in _FORWARDED if (value := request.headers.get(name))}
        if self._address.username:
            login = f"{unquote(self._address.username)}:{unquote(self._address.password or '')}"
            headers["Authorization"] = f"Basic {base64.b64encode(login.encode()).decode()}"
        try:
            return self._exchange(request, headers)
        except (OSError, http.client.HTTPException) as error:
            self.hang_up()
            where = f"{self._address.hostname}:{self._address.port}"
            raise SearchError(f"no answer from OpenSearch at {where}: {error}") from error

    def hang_up(self) -> None:
        """Close the connection of this thread."""
        connection = getattr(self._mine, "connection", None)
        if connection is not None:
            connection.close()
            self._mine.connection = None

    def _exchange(self, request: Request, headers: Mapping[str, str]) -> Answer:
        connection = self._connection()
        connection.request(request.method, request.target, request.body or None, dict(headers))
        answer = connection.getresponse()
        kind = answer.headers.get("Content-Type", "application/json")
        return Answer(answer.status, answer.read(), kind)

    def _connection(self) -> http.client.HTTPConnection:
        connection: http.client.HTTPConnection | None = getattr(self._mine, "connection", None)
        if connection is None:
            host, port = self._address.hostname or "", self._address.port
            if self._address.scheme == "https":
                connection = http.client.HTTPSConnection(
                    host, port, timeout=TIMEOUT_SECONDS, context=self._context
                )
            else:
                connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
            self._mine.connection = connection
        return connection
