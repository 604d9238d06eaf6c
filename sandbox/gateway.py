"""The door of the sandbox: every API call passes here, is logged, and meets the faults ordered for it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.datastructures import Headers
from werkzeug.test import run_wsgi_app

from sandbox import authorization, identity, wire
from sandbox.calls import Call, CallLog
from sandbox.errors import Refused
from sandbox.faults import REFUSALS, Fault, Faults
from sandbox.recent import RecentAnswers, request_of
from sandbox.runtime import runtime

WsgiApp = Callable[[wire.Environ, Any], Iterable[bytes]]
log = logging.getLogger(__name__)

UNREADABLE = wire.ApiCall("unknown", "", identity.ANONYMOUS, "", "json")
THROTTLING = {
    "query": ("Throttling", "Rate exceeded", 400),
    "json": ("ThrottlingException", "Rate exceeded", 400),
    "rest-json": ("ThrottlingException", "Rate exceeded", 429),
    "rest-xml": ("Throttling", "Rate exceeded", 400),
    "ec2": ("RequestLimitExceeded", "Request limit exceeded.", 503),
    "s3": ("SlowDown", "Please reduce your request rate.", 503),
}
"""How services say that a caller asks too often, by service or else by protocol. Source: the retry rules of AWS's
SDKs, https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
"""
CONTROL = wire.ApiCall("sandbox", "control", identity.ANONYMOUS, "", "json")


class InternalErrors:
    """How often the sandbox itself failed, and how it failed last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.count = 0
        self.last: str | None = None

    def add(self, where: str, error: BaseException) -> str:
        """Log an error with its traceback, count it, and return how to name it to the caller."""
        what = f"{where}: {type(error).__name__}: {error}"
        log.error("internal error in %s", where, exc_info=error)
        with self._lock:
            self.count += 1
            self.last = what
        return what

    def clear(self) -> None:
        """Start counting anew."""
        with self._lock:
            self.count, self.last = 0, None


class Gateway:
    """Answers HTTP requests: those of the control API by `control`, all others by the `aws` application."""

    def __init__(
        self,
        aws: WsgiApp,
        control: WsgiApp,
        *,
        faults: Faults,
        calls: CallLog,
        errors: InternalErrors,
        recent: RecentAnswers,
    ) -> None:
        self._aws = aws
        self._control = control
        self._faults = faults
        self._calls = calls
        self._errors = errors
        self._recent = recent

    def answer(self, environ: wire.Environ) -> wire.Answer | None:
        """Answer one request whose body is fully read; None where the connection is to close without one."""
        call = UNREADABLE
        try:
            if environ.get("PATH_INFO", "").startswith("/_sandbox/"):
                call = CONTROL
                return _run(self._control, environ)
            call = wire.identify(environ)
            return self._observed(call, environ)
        except Exception as error:  # noqa: BLE001 - outermost frame: logged, counted, answered as AWS does
            what = self._errors.add(call.name, error)
            return wire.error_answer(call, "InternalFailure", f"The sandbox failed in {what}", 500)

    def _observed(self, call: wire.ApiCall, environ: wire.Environ) -> wire.Answer | None:
        """Answer a call under the faults it meets, and log it whatever happens."""
        started = time.monotonic()
        at = runtime.clock.now()
        text = wire.text(call, environ) if self._faults.read_texts else None
        faults = self._faults.take(call.name, call.caller.account, call.region, text)
        request = request_of(call, environ) if self._faults.has("stale") else None
        earlier = self._earlier(faults, request)
        lost = any(fault.kind == "lost-response" for fault in faults)
        answer = wire.Answer(500, (), b"", "InternalFailure")
        try:
            answer = earlier or self._under(faults, call, environ)
            if request and not earlier:
                self._recent.keep(request, answer)
        finally:
            self._calls.add(
                Call(
                    service=call.service,
                    operation=call.operation,
                    account=call.caller.account,
                    region=call.region,
                    at=at,
                    status=0 if lost else answer.status,
                    seconds=round(time.monotonic() - started, 6),
                    error=answer.error,
                    fault=", ".join(one.kind for one in faults if earlier or one.kind != "stale") or None,
                )
            )
        return None if lost else answer

    def _earlier(self, faults: list[Fault], request: str | None) -> wire.Answer | None:
        """What a stale read is answered; None where it is none, or nothing was answered in its time."""
        windows = [fault.seconds for fault in faults if fault.kind == "stale"]
        return self._recent.last(request, max(windows)) if request and windows else None

    def _under(self, faults: list[Fault], call: wire.ApiCall, environ: wire.Environ) -> wire.Answer:
        for fault in faults:
            if fault.kind == "slow":
                time.sleep(fault.seconds)
            elif fault.kind in REFUSALS:
                return refusal(call, fault)
        token = identity.current.set(call.caller)
        try:
            authorization.check(call, environ)
            return _run(self._aws, environ)
        except Refused as error:
            return wire.error_answer(call, error.code, error.message, error.status)
        except NotImplementedError as error:
            message = f"The sandbox does not do {call.name}: {error}"
            log.warning("%s", message)
            return wire.error_answer(call, "NotImplemented", message, 501)
        finally:
            identity.current.reset(token)


def _run(application: WsgiApp, environ: wire.Environ) -> wire.Answer:
    chunks, status, headers = run_wsgi_app(application, environ, buffered=True)
    body = b"".join(chunks)
    number = int(status.split()[0])
    return wire.Answer(number, tuple(headers), body, wire.error_code(number, Headers(headers), body))


def refusal(call: wire.ApiCall, fault: Fault) -> wire.Answer:
    """Answer a call with the error that a fault rule asks for."""
    if fault.kind == "throttle":
        code, message, status = THROTTLING.get(call.service) or THROTTLING[call.protocol]
    elif fault.kind == "server-error":
        code, message, status = "InternalFailure", "An internal error occurred", 500
    else:
        code, message, status = "", "Injected fault", fault.status
    return wire.error_answer(call, fault.code or code, fault.message or message, status)
