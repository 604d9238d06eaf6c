"""Fifty databases in one deployment: parsing their DAGs, and copying all their recovery points at once.

    PYTHONPATH=.:plugins .venv/bin/python benchmarks/fleet.py --databases 50

Configurations are written by `python -m switchyard.configuration fleet` from the shipped template. The copies go into
one Region of the sandbox, which runs five at a time as AWS does; a copy takes two seconds there. They run once in a
pool of five slots that counts waiting tasks, and once without it, where the step itself has to queue. Counted are the
calls that reach AWS.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "plugins")]
os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="switchyard-bench-"))
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__CORE__UNIT_TEST_MODE"] = "True"
os.environ["AIRFLOW__LOGGING__LOGGING_LEVEL"] = "WARNING"

from benchmarks import dag_parsing
from demo.account import table
from sandbox import settings
from sandbox.server import Server
from sandbox.testing import LocalSandbox
from switchyard.configuration import fleet

COPY_SECONDS = 2.0
AT_ONCE = 5
PARSE_BAR_SECONDS = 5.0
"""[core] dagbag_import_timeout is 30 s by default, also on a machine that is several times slower."""
CALLS_BAR = 20.0
"""API calls for each database with the pool: about ten to copy and to see it, the rest for shared looks."""
STAMP = "2602010000-0a1b2c"
FILES = ("recovery_point", "recovery_restore", "recovery_watch")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure both, print two tables, and return 1 when a bar was missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--databases", type=int, default=50)
    count = parser.parse_args(arguments).databases
    return int(any([_parsing(count), _copying(count)]))


def _parsing(count: int) -> bool:
    """Print how long the DAG files of so many databases take; True where the bar was missed."""
    rows, slowest = [], 0.0
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "include" / "pipelines"
        began = time.perf_counter()
        fleet.write(
            ROOT / "include/fleet/aurora_recovery/aurora_mysql.yaml", _list(Path(scratch), count), folder
        )
        wrote = time.perf_counter() - began
        os.environ["SWITCHYARD_PIPELINES"] = str(folder)
        for name in FILES:
            measured: dict[str, Any] = dag_parsing.measure(ROOT / "dags" / f"{name}.py", 5, Path(scratch))
            first, again = measured["seconds"][0], statistics.median(measured["seconds"][1:])
            rows.append((f"{name}.py", str(measured["dags"]), f"{first:.2f}", f"{again:.2f}"))
            slowest = max(slowest, first)
    print(f"{count} configurations checked and written in {wrote:.2f} s\n")
    table(("file", "DAGs", "first parse, s", "again, s"), rows)
    return slowest > PARSE_BAR_SECONDS


def _list(folder: Path, count: int) -> Path:
    path = folder / "databases.csv"
    lines = [f"db_{n},db-{n},team,{n % 60},{1 + n % 28},60" for n in range(count)]
    path.write_text("\n".join(["name,cluster,owner,minute,day,rto_minutes", *lines]) + "\n")
    return path


def _copying(count: int) -> bool:
    """Print what the copies of so many databases take; True where the bar was missed."""
    rows, per_database = [], 0.0
    for pool in (AT_ONCE, None):
        seconds, calls = _copies(count, pool)
        made = sum(calls.values())
        refused = calls["CopyDBClusterSnapshot"] - count
        looks = calls["DescribeDBClusterSnapshots"]
        rows.append(
            (f"pool of {pool}" if pool else "no pool", f"{seconds:.1f}", str(made), str(looks), str(refused))
        )
        if pool:
            per_database = made / count
    print(
        f"\n{count} copies of {COPY_SECONDS:g} s, {AT_ONCE} at a time: at least {count / AT_ONCE * COPY_SECONDS:g} s\n"
    )
    table(("copies", "s in all", "API calls", "of these looks", "of these refused copies"), rows)
    return per_database > CALLS_BAR


def _copies(count: int, pool: int | None) -> tuple[float, Counter[str]]:
    """Copy so many snapshots at once in a fresh sandbox; seconds, and calls by operation."""
    from switchyard.operators import recorders
    from switchyard.operators.aurora.snapshots import CopySnapshotOperator
    from tests.support.at_once import run_at_once
    from tests.support.aws_connections import SOURCE, connection
    from tests.support.control_plane import Accounts

    recorders.step_recorders.clear()
    server = Server(profile="instant")
    server.start()
    try:
        accounts = Accounts(LocalSandbox(server))
        for name, account in settings.ACCOUNTS.items():
            os.environ[f"AIRFLOW_CONN_AWS_{name.upper()}"] = connection(server.url, account)
        key = accounts.recovery.key("alias/switchyard-recovery")
        accounts.source.cluster("one", StorageEncrypted=True, KmsKeyId=accounts.source.key("alias/source"))
        steps = [
            CopySnapshotOperator(
                task_id=f"copy_{number}",
                source_snapshot_arn=accounts.source.snapshot(f"db-{number}-rp-{STAMP}", "one")[
                    "DBClusterSnapshotArn"
                ],
                source_region="us-west-2",
                snapshot_id=f"db-{number}-rp-{STAMP}",
                pipeline=f"aurora_recovery/db_{number}",
                stamp=STAMP,
                role="recovery-copy",
                kms_key_id=key,
                timeout=timedelta(hours=1),
                poll_interval=1.0,
                **dict[str, Any](SOURCE, region_name="us-west-1"),
            )
            for number in range(count)
        ]
        accounts.sandbox.durations({"cluster-snapshot.copy": COPY_SECONDS})
        server.calls.clear()
        began = time.monotonic()
        run_at_once(steps, pool=pool)
        seconds = time.monotonic() - began
        return seconds, Counter(str(one["operation"]) for one in server.calls.select())
    finally:
        server.close()


if __name__ == "__main__":
    sys.exit(main())
