"""The sandbox as a process of its own, started by the command line.

Run as `python -m sandbox.daemon --home FOLDER --port PORT --report DESCRIPTOR`. It writes one JSON line to
the descriptor when it is ready, {"ready": true}, or cannot go on, {"error": what is wrong}, and closes it.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import logging
import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox import settings, state
from sandbox.errors import SandboxError
from sandbox.runtime import runtime

if TYPE_CHECKING:
    from sandbox.data_plane import DataPlane

log = logging.getLogger("sandbox")


def main(arguments: list[str] | None = None) -> int:
    """Run a sandbox until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="sandbox.daemon")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--report", type=int, required=True)
    parsed = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("botocore").setLevel(logging.WARNING)
    try:
        _run(parsed.home, parsed.port, parsed.report)
    except SandboxError as error:
        _report(parsed.report, {"error": str(error)})
        return 1
    return 0


def _run(home: Path, port: int, report: int) -> None:
    from sandbox.data_plane import DataPlane
    from sandbox.engines import EngineError

    gc.disable()  # a sixth of the time that loading takes
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    try:
        data_plane = DataPlane(home)
    except EngineError as error:
        raise SandboxError(str(error)) from error
    threading.Thread(target=_prepare, args=(data_plane,), daemon=True).start()
    from sandbox.server import Server  # takes seconds, in which the engine prepares itself

    server = Server(port=port)
    server.use(data_plane)
    server.start()
    state.write(home, _state(server.url, data_plane))
    _report(report, {"ready": True})
    server.warm_up()
    gc.freeze()  # what is loaded by now stays
    gc.enable()
    stopped.wait()
    log.info("stopping")
    state.forget(home)
    server.close()


def _prepare(data_plane: DataPlane) -> None:
    """Make ready for the first MySQL cluster; where the programs are missing, its creation will say so."""
    from sandbox.engines import MissingProgram

    with contextlib.suppress(MissingProgram):
        data_plane.engines.prepare("mysql")


def _state(url: str, data_plane: DataPlane) -> state.State:
    return state.State(
        endpoint_url=url,
        pid=os.getpid(),
        ca_bundle=str(data_plane.authority.ca_bundle),
        accounts=dict(settings.ACCOUNTS),
        started_at=runtime.clock.now(),
        ports=data_plane.ports,
    )


def _report(descriptor: int, content: dict[str, Any]) -> None:
    with os.fdopen(descriptor, "w") as pipe:
        pipe.write(json.dumps(content) + "\n")


if __name__ == "__main__":
    raise SystemExit(main())
