"""The control API under /_sandbox/: JSON in, JSON out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.wrappers import Request, Response

from sandbox.errors import SandboxError
from sandbox.faults import Fault
from sandbox.runtime import runtime
from sandbox.wire import Environ

if TYPE_CHECKING:
    from sandbox.server import Server

Handler = Callable[[Request], Any]


class Control:
    """WSGI application that lets tests and the command line steer a running sandbox."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._handlers: Mapping[tuple[str, str], Handler] = {
            ("GET", "status"): lambda _: server.status(),
            ("GET", "faults"): lambda _: {"faults": server.faults.report()},
            ("POST", "faults"): self._add_fault,
            ("DELETE", "faults"): lambda _: server.faults.clear(),
            ("GET", "calls"): lambda request: {"calls": server.calls.select(request.args.items())},
            ("DELETE", "calls"): lambda _: server.calls.clear(),
            ("POST", "clock"): self._set_clock,
            ("POST", "durations"): self._set_durations,
            ("POST", "state"): self._force_state,
            ("POST", "seed"): lambda request: server.seed(**_body(request)),
            ("POST", "reset"): lambda _: server.reset(),
        }

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer one request; a wrong one with 400 and {"error": what is wrong}."""
        request = Request(dict(environ))
        try:
            response = _json(self._handle(request) or {})
        except HTTPException as error:
            response = _json({"error": error.description}, error.code or 400)
        except (SandboxError, ValueError, TypeError, KeyError) as error:
            response = _json({"error": str(error)}, 400)
        return response(dict(environ), start_response)

    def _handle(self, request: Request) -> Any:
        what = request.path.removeprefix("/_sandbox/")
        handler = self._handlers.get((request.method, what))
        if handler is None:
            known = ", ".join(f"{method} /_sandbox/{name}" for method, name in self._handlers)
            raise BadRequest(f"no {request.method} {request.path}; there are {known}")
        return handler(request)

    def _add_fault(self, request: Request) -> dict[str, int]:
        return {"id": self._server.faults.add(Fault(**_body(request)))}

    def _set_clock(self, request: Request) -> dict[str, Any]:
        wanted = _body(request)
        if "manual" in wanted:
            runtime.clock.set_manual(bool(wanted["manual"]))
        if "scale" in wanted:
            runtime.clock.scale = float(wanted["scale"])
        runtime.clock.advance(float(wanted.get("advance", 0)))
        return {"now": runtime.clock.now(), "manual": runtime.clock.manual, "scale": runtime.clock.scale}

    def _set_durations(self, request: Request) -> dict[str, float]:
        wanted = _body(request)
        if "profile" in wanted:
            runtime.durations.use(wanted["profile"])
        runtime.durations.override(wanted.get("override", {}))
        return dict(runtime.durations)

    def _force_state(self, request: Request) -> None:
        from sandbox.rds import force_status

        force_status(**_body(request))


def _body(request: Request) -> dict[str, Any]:
    content = request.get_json(force=True)
    if not isinstance(content, dict):
        raise BadRequest("the body must be a JSON object")
    return content


def _json(content: Any, status: int = 200) -> Response:
    from json import dumps

    return Response(dumps(content), status=status, content_type="application/json")
