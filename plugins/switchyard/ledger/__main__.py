"""``python -m switchyard.ledger`` creates or upgrades the ledger's tables, and writes reports from them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from sqlalchemy.exc import OperationalError

from switchyard.errors import BadInput, SwitchyardError
from switchyard.ledger import report_commands
from switchyard.ledger.connection import DEFAULT_CONN_ID, dsn_from_airflow
from switchyard.ledger.schema import current_revision, upgrade


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; exit code 1 with one line of explanation when it cannot be done."""
    options = _parser().parse_args(arguments)
    try:
        dsn = dsn_from_airflow(options.conn_id) if options.dsn is None else _given(options.dsn)
    except SwitchyardError as error:
        return _explain(f"The ledger was not reached: {error}")
    try:
        if options.command in ("report", "fleet"):
            return report_commands.run(options, dsn)
        if options.command == "upgrade":
            upgrade(dsn)
        print(f"The ledger is at revision {current_revision(dsn) or 'none'}.")  # noqa: T201 - a command's answer
    except SwitchyardError as error:
        return _explain(str(error))
    except OperationalError as error:
        return _explain(f"The ledger was not reached: {str(error.orig or error).strip()}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m switchyard.ledger", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    upgrading = commands.add_parser("upgrade", help="create or upgrade the tables")
    current = commands.add_parser("current", help="say at which revision they are")
    for command in (upgrading, current, *report_commands.add_reports(commands)):
        place = command.add_mutually_exclusive_group()
        place.add_argument("--dsn", help="libpq connection string of the database")
        place.add_argument(
            "--conn-id", default=DEFAULT_CONN_ID, help="Airflow connection (default: %(default)s)"
        )
    return parser


def _given(dsn: str) -> str:
    """What somebody has given; not another ledger where a variable of the shell turns out to be unset."""
    if not dsn.strip():
        raise BadInput(
            "--dsn", dsn, "it is empty", "Set the variable that it is taken from, or leave --dsn out"
        )
    return dsn


def _explain(error: str) -> int:
    print(error, file=sys.stderr)  # noqa: T201 - a command's answer
    return 1


if __name__ == "__main__":
    sys.exit(main())
