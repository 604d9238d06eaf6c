"""The command line: `python -m sandbox up | down | status | seed NAME | reset | fidelity`."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from sandbox import process, programs, settings, state
from sandbox.client import Sandbox
from sandbox.errors import SandboxError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; problems are one message on standard error."""
    parsed = _parser().parse_args(arguments)
    try:
        parsed.run(parsed)
    except SandboxError as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    up = commands.add_parser("up", help="start it in the background and say how to use it")
    up.add_argument("--port", type=int, default=0, help="port of the AWS API (default: a free one)")
    up.add_argument("--seed", action="append", default=[], metavar="NAME", help="build this world at once")
    up.set_defaults(run=_up)
    commands.add_parser("down", help="stop it and its database servers").set_defaults(run=_down)
    status = commands.add_parser("status", help="say where it is and what it does")
    status.add_argument("--json", action="store_true", help="print everything it says of itself")
    status.set_defaults(run=_status)
    seed = commands.add_parser("seed", help="build a world of resources and data")
    seed.add_argument("name")
    seed.set_defaults(run=_seed)
    commands.add_parser("reset", help="drop all resources, faults and data").set_defaults(run=_reset)
    fidelity = commands.add_parser("fidelity", help="write docs/sandbox-fidelity.md from the rules")
    fidelity.add_argument("--check", action="store_true", help="only tell whether the page is current")
    fidelity.set_defaults(run=_fidelity)
    return parser


def _up(arguments: argparse.Namespace) -> None:
    home = settings.home()
    started = time.monotonic()
    left_over = state.read(home)
    found = process.start(home, arguments.port)
    if left_over:
        print(f"An earlier sandbox (pid {left_over.pid}) had not been stopped; what it held is gone.")
    print(f"The sandbox is up at {found.endpoint_url} (pid {found.pid}).")
    for name in arguments.seed:
        _build(found, name)
    print(f"Ready after {time.monotonic() - started:.1f} s.\n")
    _describe(home, found)
    for problem in programs.problems():
        print(f"\n{problem}")


def _describe(home: Path, found: state.State) -> None:
    print("  accounts      " + ", ".join(f"{name} {number}" for name, number in found.accounts.items()))
    print("  databases     " + ", ".join(f"{engine} on port {port}" for engine, port in found.ports.items()))
    print(f"  certificates  {found.ca_bundle}")
    print(f"  log           {home / state.LOG}\n\nTo use it from a shell:\n")
    for name, value in settings.environment(found.endpoint_url, found.ca_bundle).items():
        print(f"  export {name}={shlex.quote(value)}")
    print("\nThese keys belong to neither account; assume one of the roles:\n")
    for role in settings.ROLES.values():
        print(f"  aws sts assume-role --role-session-name me --role-arn {role}")


def _down(_: argparse.Namespace) -> None:
    home = settings.home()
    stopped = process.stop(home)
    if stopped is not None:
        print(f"The sandbox at {stopped.endpoint_url} (pid {stopped.pid}) is down.")
        return
    stale = state.read(home)
    state.forget(home)
    print(f"No sandbox is running in {home}.")
    if stale is not None:
        print(f"Removed the file of an earlier one; process {stale.pid}, if there is one, is not a sandbox.")


def _status(arguments: argparse.Namespace) -> None:
    found = _running()
    status = Sandbox(found.endpoint_url).status()
    if arguments.json:
        print(json.dumps(status, indent=2))
        return
    print(f"The sandbox is up at {found.endpoint_url} (pid {found.pid}).\n")
    _describe(settings.home(), found)
    print(f"\n{sum(status['calls'].values())} calls since the last reset", end="")
    print(f", {len(status['faults'])} faults ordered", end="")
    errors = status["internal_errors"]
    print(
        f", {errors['count']} internal errors" + (f", the last: {errors['last']}" if errors["count"] else "")
    )


def _seed(arguments: argparse.Namespace) -> None:
    _build(_running(), arguments.name)


def _build(found: state.State, name: str) -> None:
    started = time.monotonic()
    report = Sandbox(found.endpoint_url).seed(name)
    made = ", ".join(report["made"]) or "nothing, it was complete"
    print(f"World {name}: made {made} ({time.monotonic() - started:.1f} s).")


def _reset(_: argparse.Namespace) -> None:
    Sandbox(_running().endpoint_url).reset()
    print("The sandbox is empty.")


def _running() -> state.State:
    found = process.running(settings.home())
    if found is None:
        raise SandboxError(
            f"no sandbox is running in {settings.home()}: start it with `python -m sandbox up`"
        )
    return found


def _fidelity(arguments: argparse.Namespace) -> None:
    from sandbox import fidelity

    if arguments.check:
        fidelity.check()
    else:
        print(f"Wrote {fidelity.write()}.")
