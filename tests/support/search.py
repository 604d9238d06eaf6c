"""A client that speaks to a domain's endpoint as any HTTPS client does, and bodies of indexes."""

import http.client
import json
import ssl
import time
import uuid
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

GRAPH = {"type": "synonym_graph", "updateable": True}
ICE_CREAM = "frozen custard, gelato, ice cream"
FROZEN = ["gelato", "ice cream", "frozen pizza", "cream ice", "ice custard", "croissant"]


class Reply(NamedTuple):
    status: int
    body: Any


class Api:
    """A client of one endpoint: a new connection for each request, verified like that of any other client."""

    def __init__(self, host_port: str, ca_bundle: Path) -> None:
        self._host_port = host_port
        self._context = ssl.create_default_context(cafile=str(ca_bundle))

    def connect(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(self._host_port, timeout=30, context=self._context)

    def __call__(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        with closing(self.connect()) as connection:
            return send(connection, method, path, body, headers)

    def index(self, body: Mapping[str, Any] | None = None, titles: list[str] | None = None) -> str:
        """Make an index under a new name and fill it."""
        name = f"i{uuid.uuid4().hex[:10]}"
        made = self("PUT", f"/{name}", body or {})
        assert made.status == 200, made.body
        self.fill(name, titles or [])
        return name

    def fill(self, index: str, titles: list[str]) -> None:
        if titles:
            assert not self("POST", f"/{index}/_bulk?refresh=true", lines(titles)).body["errors"]

    def titles(self, index: str, query: Any, field: str = "title") -> set[str]:
        """Search, for a text in the titles or for any query."""
        wanted = {"match": {field: query}} if isinstance(query, str) else query
        found = self("GET", f"/{index}/_search?size=100", {"query": wanted})
        assert found.status == 200, found.body
        return {hit["_source"]["title"] for hit in found.body["hits"]["hits"]}


def send(connection, method, path, body=None, headers=None) -> Reply:
    kind = "application/x-ndjson" if isinstance(body, bytes) else "application/json"
    content = body if isinstance(body, bytes) or body is None else json.dumps(body)
    connection.request(method, path, content, {"Content-Type": kind, **(headers or {})})
    answer = connection.getresponse()
    text = answer.read().decode()
    return Reply(answer.status, json.loads(text) if text.startswith(("{", "[")) else text)


def lines(titles: list[str]) -> bytes:
    actions = [({"index": {"_id": title}}, {"title": title}) for title in titles]
    return "".join(f"{json.dumps(each)}\n" for action in actions for each in action).encode()


def search_time(rules: Mapping[str, Any], before: tuple[Any, ...] = ("lowercase",)) -> dict[str, Any]:
    """Give the body of an index whose queries, and only they, meet a synonym filter."""
    return {
        "settings": {
            "index": {"number_of_shards": 1, "number_of_replicas": 0},
            "analysis": {
                "filter": {"names": rules},
                "analyzer": {"with_names": {"tokenizer": "standard", "filter": [*before, "names"]}},
            },
        },
        "mappings": {
            "properties": {"title": {"type": "text", "analyzer": "standard", "search_analyzer": "with_names"}}
        },
    }


def of_package(package_id: str, **options: Any) -> dict[str, Any]:
    return search_time({**GRAPH, "synonyms_path": f"analyzers/{package_id}", **options})


def gone(pid: int, patience: float = 60) -> bool:
    """Wait for the end of a process, whether anybody has taken note of it or not."""
    deadline = time.monotonic() + patience
    while (ended := _ended(pid)) is False and time.monotonic() < deadline:
        time.sleep(0.01)
    return ended


def _ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True
