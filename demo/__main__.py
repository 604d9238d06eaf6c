"""`make demo`: the stack, one story after the other, and an account of each; `make down` ends what was kept."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

from demo import account, aurora_recovery, federated_loads, sensitive_data_discovery, synonym_refresh
from demo.processes import DemoError
from demo.stack import Stack
from sandbox.errors import SandboxError

STORIES = {
    "aurora_recovery": aurora_recovery.run,
    "synonym_refresh": synonym_refresh.run,
    "sensitive_data_discovery": sensitive_data_discovery.run,
    "federated_loads": federated_loads.run,
}
KEEP_VARIABLE = "KEEP"
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; problems are one message on standard error and exit code 1."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="start everything, tell the stories, stop everything")
    run.add_argument("--story", action="append", choices=STORIES, help="tell only this one; repeatable")
    commands.add_parser("down", help="stop what a run with KEEP=1 left up")
    options = parser.parse_args(arguments)
    for number in ENDING:
        signal.signal(number, _interrupt)
    try:
        if options.command == "down":
            _down()
        else:
            _run(options.story or list(STORIES), keep=bool(os.environ.get(KEEP_VARIABLE)))
    except (DemoError, SandboxError) as error:
        print(f"\ndemo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _interrupt(number: int, _: FrameType | None) -> None:
    """Unwind, and let nothing interrupt the stopping of what was started."""
    for each in ENDING:
        signal.signal(each, signal.SIG_IGN)
    print(f"\n{signal.Signals(number).name}: stopping everything", file=sys.stderr)
    raise KeyboardInterrupt


def _run(stories: Sequence[str], *, keep: bool) -> None:
    stack = Stack()
    stack.start()
    try:
        for story in stories:
            STORIES[story](stack)
    except BaseException as error:
        if keep and isinstance(error, Exception):
            stack.release()
        else:
            stack.stop()
        raise
    if keep:
        account.where_to_look(stack, stories)
        stack.release()
        print("\nEverything is left up. Stop it with: make down")
    else:
        stack.stop()
        print("\nEverything is stopped. KEEP=1 make demo leaves it up.")


def _down() -> None:
    stack = Stack()
    stack.attach()
    stack.stop()
    print("Everything is stopped.")


if __name__ == "__main__":
    sys.exit(main())
