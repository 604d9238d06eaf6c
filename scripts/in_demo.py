"""Runs a command in the environment of the stack that `KEEP=1 make demo` left up.

Usage:
    .venv/bin/python -m scripts.in_demo airflow dags list
    .venv/bin/python -m scripts.in_demo sh -c 'psql "$LEDGER" -f include/sql/reports/what_ran.sql'

Besides Airflow's settings and connections the command finds AWS_ENDPOINT_URL, base credentials of the sandbox and
LEDGER, the ledger's connection string.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox import settings

REPOSITORY = Path(__file__).resolve().parents[1]
HOME_VARIABLE = "SWITCHYARD_STACK_HOME"


def main(arguments: Sequence[str]) -> int:
    """Become the command; 2 without one, 1 where no stack is up or the command is unknown."""
    if not arguments:
        return _fail(__doc__ or "", 2)
    home = Path(os.environ.get(HOME_VARIABLE) or REPOSITORY / ".airflow")
    try:
        state = json.loads((home / "stack.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return _fail(f"nothing is up in {home}: start it with KEEP=1 make demo\n", 1)
    try:
        os.execvpe(arguments[0], list(arguments), environment(state))  # noqa: S606 - what the caller typed
    except FileNotFoundError:
        return _fail(f"there is no command {arguments[0]}\n", 1)


def environment(state: Mapping[str, object]) -> dict[str, str]:
    """The variables of the stack that ``state`` describes, with this interpreter's programs first on PATH."""
    stack = {name: str(value) for name, value in dict(state["environment"]).items()}  # type: ignore[call-overload]
    shell = settings.environment(stack["AWS_ENDPOINT_URL"], stack.get("SWITCHYARD_DB_CA_BUNDLE"))
    programs = f"{Path(sys.executable).parent}:{stack.get('PATH', os.defpath)}"
    return {**shell, **stack, "PATH": programs, "LEDGER": str(state["ledger_dsn"])}


def _fail(message: str, code: int) -> int:
    sys.stderr.write(message)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
