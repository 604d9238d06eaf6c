"""How long the live endpoint answers nobody: our order of steps beside the one that restores under the live name.

    PYTHONPATH=.:plugins .venv/bin/python benchmarks/recovery_peer.py --restore-seconds 4 40

A well-known open tool for restores in place renames the live cluster away, restores a snapshot under the live name,
and deletes the old cluster as soon as the new one is available. That order, written here anew and without a check or a
way back, runs in the same sandbox as this project's recovery, once for each given time that a restore takes; its
instance takes half of that. On AWS both take from minutes to hours. A reader opens a new connection to the live
endpoint every 20 ms and asks SQL of it; its gaps are the time in which the name answered nobody. Counted are the
target account's calls.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path[:0] = [
    str(Path(__file__).resolve().parents[1]),
    str(Path(__file__).resolve().parents[1] / "plugins"),
]

from botocore.exceptions import ClientError

from demo import account
from demo.aurora_recovery import CLUSTER, MARKER, TARGET, WORLD, database, run_both
from demo.clients import Reader
from demo.stack import Stack

PATIENCE_SECONDS = 300.0
LOOK_SECONDS = 1.0
RESTORE_SECONDS = (4.0, 40.0)
"""What a restore takes in the sandbox as a rule, and ten times that."""
OLD = f"{CLUSTER}-before"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure both orders at each duration, print one table, and return 1 where ours has the longer gap."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--restore-seconds", type=float, nargs="+", default=RESTORE_SECONDS)
    with tempfile.TemporaryDirectory(prefix="switchyard-bench-") as home:
        stack = Stack(Path(home), say=lambda _: None)
        stack.start()
        try:
            pairs = [_both(stack, seconds) for seconds in parser.parse_args(arguments).restore_seconds]
        finally:
            stack.stop()
    account.table(
        (
            "a restore takes",
            "order of steps",
            "gaps",
            "s without an answer",
            "longest",
            "API calls",
            "changes",
        ),
        [one.row for pair in pairs for one in pair],
    )
    return int(any(ours.gap > peer.gap for ours, peer in pairs))


@dataclass(frozen=True)
class Measured:
    """Seconds without an answer, and a row for the table."""

    gap: float
    row: tuple[str, ...]


def _both(stack: Stack, restore: float) -> tuple[Measured, Measured]:
    """Our order and the other one, where a restore takes so many seconds."""
    orders: dict[str, Callable[[], object]] = {
        "restore, prove, swap names": lambda: run_both(stack.api()),
        "rename away, restore in place": lambda: in_place(stack.sandbox.client()),
    }
    ours, peer = (_measure(stack, name, restore, work) for name, work in orders.items())
    return ours, peer


def in_place(sandbox: Any) -> None:
    """Replace the live cluster by a restore of its newest snapshot, in the order described above."""
    rds = sandbox.client("rds", *TARGET)
    live = rds.describe_db_clusters(DBClusterIdentifier=CLUSTER)["DBClusters"][0]
    member = live["DBClusterMembers"][0]["DBInstanceIdentifier"]
    snapshot = f"{CLUSTER}-in-place"
    rds.create_db_cluster_snapshot(DBClusterIdentifier=CLUSTER, DBClusterSnapshotIdentifier=snapshot)
    _until(lambda: _snapshot(rds, snapshot) == "available")
    rds.modify_db_instance(
        DBInstanceIdentifier=member, NewDBInstanceIdentifier=f"{OLD}-1", ApplyImmediately=True
    )
    _until(lambda: _instance(rds, f"{OLD}-1") == "available")
    rds.modify_db_cluster(DBClusterIdentifier=CLUSTER, NewDBClusterIdentifier=OLD, ApplyImmediately=True)
    _until(lambda: _cluster(rds, OLD) == "available")
    rds.restore_db_cluster_from_snapshot(
        DBClusterIdentifier=CLUSTER,
        SnapshotIdentifier=snapshot,
        Engine=live["Engine"],
        DBSubnetGroupName=live["DBSubnetGroup"],
        DBClusterParameterGroupName=live["DBClusterParameterGroup"],
    )
    _until(lambda: _cluster(rds, CLUSTER) == "available")
    rds.create_db_instance(
        DBInstanceIdentifier=member,
        DBClusterIdentifier=CLUSTER,
        Engine=live["Engine"],
        DBInstanceClass="db.r6g.large",
    )
    _until(lambda: _instance(rds, member) == "available")
    rds.delete_db_instance(DBInstanceIdentifier=f"{OLD}-1", SkipFinalSnapshot=True)
    _until(lambda: _instance(rds, f"{OLD}-1") == "gone")
    rds.delete_db_cluster(DBClusterIdentifier=OLD, SkipFinalSnapshot=True)
    _until(lambda: _cluster(rds, OLD) == "gone")


def _measure(stack: Stack, name: str, restore: float, work: Callable[[], object]) -> Measured:
    """What a reader of the live endpoint sees while the work is done in a fresh world."""
    sandbox = stack.sandbox.client()
    sandbox.reset()
    sandbox.seed(WORLD)
    sandbox.durations(override={"cluster.restore": restore, "instance.create": restore / 2})
    target = database(stack, *TARGET)
    seeded = len(sandbox.calls())
    with Reader(target, MARKER) as reader:
        seen = target.ask(MARKER)
        reader.wait_for(lambda marker: marker == seen, seconds=30)
        work()
        last = target.ask(MARKER)
        reader.wait_for(lambda marker: marker == last, seconds=30)
    owner = database_account(sandbox)
    calls = [one for one in sandbox.calls()[seeded:] if one["account"] == owner and one["service"] == "rds"]
    changes = [one for one in calls if not one["operation"].startswith("Describe")]
    gaps = [phase.seconds for phase in reader.phases if phase.gap]
    figures = (f"{sum(gaps):.2f}", f"{max(gaps, default=0.0):.2f}", str(len(calls)), str(len(changes)))
    return Measured(sum(gaps), (f"{restore:g} s", name, str(len(gaps)), *figures))


def database_account(sandbox: Any) -> str:
    """Number of the account in which both orders work."""
    return str(sandbox.client("sts", *TARGET).get_caller_identity()["Account"])


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"nothing came of it within {PATIENCE_SECONDS:g} s")
        time.sleep(LOOK_SECONDS)


def _cluster(rds: Any, name: str) -> str:
    found = _found(rds.describe_db_clusters, DBClusterIdentifier=name)
    return found["DBClusters"][0]["Status"] if found else "gone"


def _instance(rds: Any, name: str) -> str:
    found = _found(rds.describe_db_instances, DBInstanceIdentifier=name)
    return found["DBInstances"][0]["DBInstanceStatus"] if found else "gone"


def _snapshot(rds: Any, name: str) -> str:
    return str(
        rds.describe_db_cluster_snapshots(DBClusterSnapshotIdentifier=name)["DBClusterSnapshots"][0]["Status"]
    )


def _found(describe: Callable[..., Any], **named: str) -> Any:
    try:
        return describe(**named)
    except ClientError as error:
        if "NotFound" in error.response["Error"]["Code"]:
            return None
        raise


if __name__ == "__main__":
    sys.exit(main())
