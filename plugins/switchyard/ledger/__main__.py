"""``python -m switchyard.ledger upgrade`` creates or upgrades the ledger's tables."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from sqlalchemy.exc import OperationalError

from switchyard.errors import SwitchyardError
from switchyard.ledger.connection import DEFAULT_CONN_ID, dsn_from_airflow
from switchyard.ledger.schema import current_revision, upgrade


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; exit code 1 with one line of explanation when the ledger cannot be reached."""
    parser = argparse.ArgumentParser(prog="python -m switchyard.ledger", description=__doc__)
    parser.add_argument("command", choices=["upgrade", "current"])
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--dsn", help="libpq connection string of the database")
    place.add_argument("--conn-id", default=DEFAULT_CONN_ID, help="Airflow connection (default: %(default)s)")
    options = parser.parse_args(arguments)
    try:
        dsn = options.dsn or dsn_from_airflow(options.conn_id)
        if options.command == "upgrade":
            upgrade(dsn)
        print(f"The ledger is at revision {current_revision(dsn) or 'none'}.")  # noqa: T201 - a command's answer
    except SwitchyardError as error:
        return _explain(error)
    except OperationalError as error:
        return _explain(error.orig or error)
    return 0


def _explain(error: BaseException) -> int:
    print(f"The ledger was not reached: {str(error).strip()}", file=sys.stderr)  # noqa: T201
    return 1


if __name__ == "__main__":
    sys.exit(main())
