"""The whole interface: who may ask, who answers, and in which form."""

from __future__ import annotations

import json
import logging
from typing import Any

from sandbox.search import signatures
from sandbox.search.errors import Refused
from sandbox.search.https import Answer, Request
from sandbox.search.rest import aliases, documents, indices, search
from sandbox.search.rest.calls import Domain, NoRoute, route

ROUTES = (*search.ROUTES, *documents.ROUTES, *aliases.ROUTES, *indices.ROUTES)
BODIES = ("application/json", "application/x-ndjson", "application/vnd.opensearch")
log = logging.getLogger(__name__)


class Application:
    """Answers requests; thread-safe."""

    def __init__(self, domain: Domain, auth: signatures.Auth) -> None:
        self._domain = domain
        self._auth = auth

    def answer(self, request: Request) -> Answer:
        """Answer one request."""
        if self._auth == "sigv4" and (refused := signatures.refusal(request)):
            return refused
        kind = request.headers.get("Content-Type", "")
        if request.body and not kind.startswith(BODIES):
            return _json(406, {"error": f"Content-Type header [{kind}] is not supported", "status": 406})
        try:
            return self._handled(request)
        except (Refused, NoRoute) as problem:
            return _json(problem.status, problem.body())
        except Exception as error:  # outermost frame: logged, and answered as OpenSearch does
            log.exception("internal error in %s %s", request.method, request.target)
            return _json(500, Refused(500, "exception", f"The sandbox failed: {error}").body())

    def _handled(self, request: Request) -> Answer:
        handler, call = route(ROUTES, request)
        reply = handler(self._domain, call)
        if isinstance(reply.content, str):
            return Answer(reply.status, reply.content.encode(), "text/plain; charset=UTF-8")
        return _json(reply.status, reply.content)


def _json(status: int, content: Any) -> Answer:
    return Answer(status, json.dumps(content, ensure_ascii=False).encode("utf-8", "replace"))
