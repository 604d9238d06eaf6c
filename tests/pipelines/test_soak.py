"""A month of each pipeline in minutes, with much going wrong: what is left must be owned by something live.

The time of day is moved on to each tick of the schedules. Only the books are always tested; SWITCHYARD_SOAK, which is a
number of days, has the months run.
"""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg2
import pytest

from sandbox.seed.worlds.recovery import BUCKET
from switchyard.run_stamp import run_stamp
from tests.support.books import Books, gaps, one_of
from tests.support.months import in_moved_time
from tests.support.pipeline_books import recovery_books
from tests.support.recovery import RECOVERY, SOURCE, TARGET, RecoveryWorld

VARIABLE = "SWITCHYARD_SOAK"
POINT = (
    "INSERT INTO switchyard.run (dag_id, run_id, pipeline, stamp, state) "
    "VALUES ('recovery_point__orders', %s, 'orders', %s, 'success')"
)
if_asked = pytest.mark.skipif(VARIABLE not in os.environ, reason=f"only where {VARIABLE} says how many days")


@if_asked
@pytest.mark.timeout(900)
@pytest.mark.parametrize("pipeline", ["loads", "recovery", "synonyms", "discovery"])
def test_month(pipeline: str, tmp_path: Path) -> None:
    """It should end with nothing that nobody owns, whatever went wrong on the way."""
    test = f"tests/pipelines/months.py::test_{pipeline}"
    with TemporaryDirectory() as folder:
        problem = in_moved_time(test, Path(folder), int(os.environ[VARIABLE]), tmp_path / "log")
    if problem:
        pytest.fail(problem, pytrace=False)


def test_books_name_what_nobody_owns(recovery_world: RecoveryWorld) -> None:
    """It should accept the world as it is, and name each snapshot, object and cluster that is put beside it.

    So it should name a recovery point that the ledger has and no account, in each place where it must be.
    """
    world = recovery_world
    assert recovery_books(world, []).orphans == {}

    stamp = run_stamp("recovery_point__orders", "manual__unknown", world.runner("recovery_point").run_after)
    snapshot = f"orders-rp-{stamp}"
    source = world.client("rds", SOURCE)
    source.create_db_cluster_snapshot(
        DBClusterIdentifier="orders", DBClusterSnapshotIdentifier=snapshot, Tags=[]
    )
    world.client("s3", RECOVERY).put_object(Bucket=BUCKET, Key=f"manifests/orders/{stamp}.json", Body=b"{}")
    world.client("rds", TARGET).create_db_cluster(
        DBClusterIdentifier=f"orders-{stamp}",
        Engine="aurora-mysql",
        MasterUsername="admin",
        MasterUserPassword="not-a-real-one",
    )
    unmade = run_stamp("recovery_point__orders", "manual__unmade", world.runner("recovery_point").run_after)
    with closing(psycopg2.connect(world.ledger_dsn)) as ledger, ledger.cursor() as cursor:
        cursor.execute(POINT, ("manual__unmade", unmade))
        ledger.commit()
    books = recovery_books(world, [], keep_last=1)
    assert {kind: lost for kind, lost in books.orphans.items() if kind != "gaps of the ledger"} == {
        "clusters": [f"orders-{stamp}"],
        "documents": [f"manifests/orders/{stamp}.json"],
        "snapshots": [snapshot],
    }
    assert books.orphans["gaps of the ledger"] == ["recovery_point__orders manual__unmade is of no run"]
    assert books.missing == {f"recovery points in {place[1]}": [unmade] for place in (SOURCE, RECOVERY)}
    assert books.lost == 6


def test_books_compare_rows_and_weigh_orphans() -> None:
    """It should name rows that are too many or too few, each as often, and add up what orphans store."""
    books = Books()
    books.compare("rows", [(1,), (2,), (2,)], [(2,), (3,), (2,), (2,)])
    books.account("objects", {"ours": 0.5, "nobody's": 2.0}, one_of("ours"))
    assert books.orphans == {"rows": ["(2,) #3", "(3,) #1"], "objects": ["nobody's"]}
    assert books.missing == {"rows": ["(1,) #1"]}
    assert (books.lost, books.gigabytes) == (4, 2.0)


def test_ledger_without_gaps() -> None:
    """It should name runs without an entry, entries without a run, and what was left open."""
    entries = [
        {"dag_id": "load", "run_id": "one", "state": "success"},
        {"dag_id": "load", "run_id": "two", "state": "running"},
        {"dag_id": "load", "run_id": "four", "state": "success"},
    ]
    assert gaps({"load": ["one", "two", "three"]}, entries) == [
        "load three is missing",
        "load four is of no run",
        "load two is running",
    ]
