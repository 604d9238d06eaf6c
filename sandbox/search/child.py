"""A process of its own for Java, which ends with the process that started it.

A Java machine must not live in a process that forks, and it may spin for ever when its memory runs out. Calls
travel as lines of JSON over the child's standard streams.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO

from sandbox.search.errors import ProcessEnded, SearchError

REPOSITORY = Path(__file__).resolve().parents[2]
HEAP_MB = 256
_LOG_BYTES = 4000


class Child:
    """The near end: starts the process and calls it; thread-safe."""

    def __init__(self, arguments: Sequence[str], *, log: Path | None = None, heap_mb: int = HEAP_MB) -> None:
        """Start the process and wait until it answers.

        Args:
            arguments: the part to play, as `sandbox.search.__main__` knows them.
            log: file that its standard error is appended to; without one it is kept for error messages only.
            heap_mb: the most memory for Java's objects.

        Raises:
            MissingProgram: Lucene or Java is not installed.
            SearchError: it could not start.
        """
        command = _command(arguments, heap_mb)
        self._log: BinaryIO = log.open("ab+") if log else tempfile.TemporaryFile()  # noqa: SIM115 - close() does
        # The kernel's parent-death signal is sent when the THREAD that started the child ends.
        self._starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="search-launcher")
        self._process = self._starter.submit(_popen, command, self._log).result()
        self._lock = threading.Lock()
        try:
            self.greeting: Any = self._answer()
        except SearchError:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    def call(self, operation: str, **arguments: Any) -> Any:
        """Have the child run an operation.

        Raises:
            SearchError: it failed.
            ProcessEnded: the process is gone.
        """
        with self._lock:
            try:
                _write(self._stream("stdin"), [operation, arguments])
            except (BrokenPipeError, ValueError):
                raise ProcessEnded(self._tail()) from None
            return self._answer()

    def close(self) -> None:
        """End the process, and with it a call under way; doing it again does nothing."""
        self._process.kill()
        self._process.wait()
        self._starter.shutdown()
        with self._lock:
            with contextlib.suppress(BrokenPipeError):  # what was not sent any more
                self._stream("stdin").close()
            self._stream("stdout").close()
            self._log.close()

    def _answer(self) -> Any:
        line = self._stream("stdout").readline()
        if not line:
            raise ProcessEnded(self._tail())
        answer = json.loads(line)
        if "error" in answer:
            raise SearchError(answer["error"])
        return answer["result"]

    def _stream(self, name: str) -> Any:
        return getattr(self._process, name)

    def _tail(self) -> str:
        if self._log.closed:
            return "it was closed"
        self._log.seek(max(0, self._log.seek(0, os.SEEK_END) - _LOG_BYTES))
        return self._log.read().decode(errors="replace")


def serve(greeting: Any, operations: Mapping[str, Callable[..., Any]], stream: BinaryIO) -> None:
    """Answer calls at the far end until the near end is gone.

    Args:
        greeting: what the caller is to know first.
        operations: functions of JSON values, by name.
        stream: where answers go, from `private_output`.
    """
    _write(stream, {"result": greeting})
    for line in sys.stdin.buffer:
        operation, arguments = json.loads(line)
        try:
            answer = {"result": operations[operation](**arguments)}
        except SearchError as error:
            answer = {"error": str(error)}
        _write(stream, answer)


def private_output() -> BinaryIO:
    """Keep standard output for answers alone: what anything prints goes to standard error from now on."""
    stream = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return stream


def _command(arguments: Sequence[str], heap_mb: int) -> list[str]:
    from sandbox.engines.processes import dies_with_parent
    from sandbox.search.jars import java_machine, lucene_jars

    java = ["--java", str(java_machine()), "--heap", str(heap_mb), *(f"--jar={jar}" for jar in lucene_jars())]
    return [*dies_with_parent("KILL"), sys.executable, "-m", "sandbox.search", *java, *arguments]


def _popen(command: Sequence[str], log: BinaryIO) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        start_new_session=True,
        cwd=REPOSITORY,
    )


def _write(stream: BinaryIO, message: Any) -> None:
    stream.write(json.dumps(message).encode() + b"\n")
    stream.flush()
