"""The control API under /_sandbox/: JSON in, JSON out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.wrappers import Request, Response

from sandbox import machine_time, policy_log
from sandbox.errors import SandboxError
from sandbox.faults import Fault
from sandbox.runtime import runtime
from sandbox.wire import Environ

if TYPE_CHECKING:
    from sandbox.server import Server

Handler = Callable[[Request], Any]
Result = TypeVar("Result")


class Control:
    """WSGI application that lets tests and the command line steer a running sandbox."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._handlers: Mapping[tuple[str, str], Handler] = {
            ("GET", "status"): lambda _: server.status(),
            ("GET", "faults"): lambda _: {"faults": server.faults.report()},
            ("POST", "faults"): self._add_fault,
            ("DELETE", "faults"): lambda _: server.faults.clear(),
            ("GET", "calls"): lambda request: {"calls": _valid(server.calls.select, request.args.items())},
            ("GET", "judged"): lambda _: {"judged": [one._asdict() for one in policy_log.judged()]},
            ("DELETE", "calls"): lambda _: server.calls.clear(),
            ("POST", "clock"): self._set_clock,
            ("POST", "durations"): self._set_durations,
            ("POST", "behaviour"): self._choose,
            ("POST", "state"): self._force_state,
            ("POST", "flush"): self._flush,
            ("POST", "plant"): self._plant,
            ("POST", "seed"): lambda request: server.seed(**_body(request, "name")),
            ("POST", "reset"): lambda _: server.reset(),
        }

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer one request; a wrong one with 400 and {"error": what is wrong}."""
        request = Request(dict(environ))
        try:
            response = _json(self._handle(request) or {})
        except HTTPException as error:
            response = _json({"error": error.description}, error.code or 400)
        except SandboxError as error:
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
        return {"id": self._server.faults.add(_valid(Fault, **_body(request)))}

    def _set_clock(self, request: Request) -> dict[str, Any]:
        wanted = _body(request)
        if "manual" in wanted:
            runtime.clock.set_manual(bool(wanted["manual"]))
        if "scale" in wanted:
            _valid(setattr, runtime.clock, "scale", wanted["scale"])
        seconds = wanted.get("advance", 0)
        _valid(runtime.clock.advance, seconds)
        machine_time.move(seconds)
        return {"now": runtime.clock.now(), "manual": runtime.clock.manual, "scale": runtime.clock.scale}

    def _set_durations(self, request: Request) -> dict[str, float]:
        wanted = _body(request)
        if "profile" in wanted:
            _valid(runtime.durations.use, wanted["profile"])
        _valid(runtime.durations.override, wanted.get("override", {}))
        return dict(runtime.durations)

    def _choose(self, request: Request) -> dict[str, str]:
        _valid(runtime.behaviour.choose, _body(request))
        return dict(runtime.behaviour)

    def _force_state(self, request: Request) -> None:
        from sandbox import athena, dms, macie, opensearch, rds, redshift, redshift_serverless

        wanted = _body(request, "kind", "account", "region", "identifier", "status")
        services = (athena, rds, opensearch, dms, macie, redshift, redshift_serverless)
        owners = {kind: service for service in services for kind in service.KINDS}
        if wanted["kind"] not in owners:
            raise SandboxError(f"kind is {wanted['kind']}: choose one of {', '.join(owners)}")
        owners[wanted["kind"]].force_status(**wanted)

    def _flush(self, request: Request) -> dict[str, int]:
        from sandbox import firehose

        return {"records": firehose.flush(**_body(request, "stream", "account", "region"))}

    def _plant(self, request: Request) -> dict[str, int]:
        from sandbox.redshift_data.control import plant

        wanted = _body(request, "account", "region", "warehouse", "database", "table", "rows")
        return {"rows": plant(**wanted)}


def _body(request: Request, *fields: str) -> dict[str, Any]:
    """Return the JSON object that was sent, which must have just these fields where any are given."""
    content = request.get_json(force=True)
    if not isinstance(content, dict) or (fields and set(content) != set(fields)):
        raise BadRequest(f"the body must be a JSON object{' of ' if fields else ''}{', '.join(fields)}")
    return content


def _valid(action: Callable[..., Result], *arguments: Any, **named: Any) -> Result:
    """Act on what was sent, and answer 400 where it does not fit."""
    try:
        return action(*arguments, **named)
    except (ValueError, TypeError) as error:
        raise BadRequest(str(error)) from error


def _json(content: Any, status: int = 200) -> Response:
    return Response(json.dumps(content), status=status, content_type="application/json")
