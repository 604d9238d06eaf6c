"""Requests taken apart, and routes that they are matched with."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from sandbox.search.engine.cluster import Cluster
from sandbox.search.engine.tasks import Tasks
from sandbox.search.errors import IllegalArgument, Refused
from sandbox.search.https import Request

EVERYWHERE = frozenset(
    {"pretty", "human", "error_trace", "timeout", "cluster_manager_timeout", "master_timeout"}
)
INDEXES = frozenset({"ignore_unavailable", "allow_no_indices", "expand_wildcards"})


@dataclass(frozen=True)
class Domain:
    """What handlers work on."""

    cluster: Cluster
    tasks: Tasks


@dataclass(frozen=True)
class Call:
    """A request that a route took.

    Attributes:
        names: what the route's placeholders stand for.
        params: the query string.
    """

    method: str
    names: Mapping[str, str]
    params: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """Read the body as an object; empty where there is none.

        Raises:
            Refused: it is not one.
        """
        if not self.body.strip():
            return {}
        try:
            found = json.loads(self.body)
        except ValueError as error:
            raise Refused(400, "json_parse_exception", f"cannot parse the body: {error}") from None
        if not isinstance(found, dict):
            raise Refused(400, "parse_exception", "request body is required to be an object")
        return found

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Read a boolean of the query string, which a bare name sets."""
        value = self.params.get(name)
        if value is None:
            return default
        if value not in {"true", "false", ""}:
            raise IllegalArgument(f"Failed to parse value [{value}] as only [true] or [false] are allowed.")
        return value != "false"

    @property
    def index(self) -> str:
        """The expression of indexes in the path; empty where there is none."""
        return self.names.get("index", "")


@dataclass(frozen=True)
class Reply:
    """A handler's answer: a value for JSON, or text."""

    content: Any
    status: int = 200


Handler = Callable[[Domain, Call], Reply]


@dataclass(frozen=True)
class Route:
    """Which requests a handler takes."""

    methods: Sequence[str]
    path: str
    handler: Handler
    params: frozenset[str] = frozenset()

    def match(self, segments: Sequence[str]) -> dict[str, str] | None:
        """Give what the placeholders stand for; None where the path is another."""
        pattern = [part for part in self.path.split("/") if part]
        if len(pattern) != len(segments):
            return None
        names = {}
        for wanted, found in zip(pattern, segments, strict=True):
            if wanted == "{index}":
                if found.startswith("_") and found != "_all":
                    return None
                names["index"] = found
            elif wanted.startswith("{"):
                names[wanted[1:-1]] = found
            elif wanted != found:
                return None
        return names


def route(routes: Iterable[Route], request: Request) -> tuple[Handler, Call]:
    """Find who answers a request.

    Raises:
        NoRoute: nobody does.
        IllegalArgument: it has a parameter that its route does not know.
    """
    parts = urlsplit(request.target)
    segments = [unquote(segment) for segment in parts.path.split("/") if segment]
    allowed: set[str] = set()
    for each in routes:
        names = each.match(segments)
        if names is None:
            continue
        if request.method not in each.methods:
            allowed.update(each.methods)
            continue
        params = dict(parse_qsl(parts.query, keep_blank_values=True))
        unknown = sorted(set(params) - each.params - EVERYWHERE)
        if unknown:
            raise IllegalArgument(
                f"request [{parts.path}] contains unrecognized parameter{'s' * (len(unknown) > 1)}: "
                + ", ".join(f"[{name}]" for name in unknown)
            )
        return each.handler, Call(request.method, names, params, request.body)
    raise NoRoute(request.method, parts.path, sorted(allowed))


class NoRoute(Exception):
    """No handler takes a request."""

    def __init__(self, method: str, path: str, allowed: Sequence[str]) -> None:
        if allowed:
            message = f"Incorrect HTTP method for uri [{path}] and method [{method}], allowed: [{', '.join(allowed)}]"
        else:
            message = f"no handler found for uri [{path}] and method [{method}]"
        super().__init__(message)
        self.status = 405 if allowed else 400

    def body(self) -> dict[str, Any]:
        """Give the answer's JSON."""
        return {"error": str(self), "status": self.status} if self.status == 405 else {"error": str(self)}
