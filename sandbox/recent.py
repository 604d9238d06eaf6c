"""What requests were answered last: a service that is eventually consistent may answer it once more."""

from __future__ import annotations

import hashlib
import threading
import time

from sandbox import wire


class RecentAnswers:
    """The last successful answer of each request. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: dict[str, tuple[float, wire.Answer]] = {}

    def keep(self, request: str, answer: wire.Answer) -> None:
        """Keep the answer of a request in place of an earlier one."""
        if answer.error is None:
            with self._lock:
                self._answers[request] = (time.monotonic(), answer)

    def last(self, request: str, seconds: float) -> wire.Answer | None:
        """Return what a request was told, where that is no more than so many seconds ago."""
        with self._lock:
            at, answer = self._answers.get(request, (0.0, None))
        return answer if time.monotonic() - at <= seconds else None

    def clear(self) -> None:
        """Forget all answers."""
        with self._lock:
            self._answers.clear()


def request_of(call: wire.ApiCall, environ: wire.Environ) -> str:
    """Return what two requests have in common that ask for the same: call, caller, place and arguments."""
    asked = [environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", ""), wire.body(environ)]
    told = repr((call.name, call.caller.account, call.region, *asked))
    return hashlib.sha256(told.encode()).hexdigest()
