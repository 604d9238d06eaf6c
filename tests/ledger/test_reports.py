"""Every report of the ledger, run with psql and read back, against a real PostgreSQL server."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from switchyard.ledger import CheckRow, Ledger, SynonymProbeRow

REPORTS = Path(__file__).parents[2] / "include" / "sql" / "reports"
NOW = datetime.now(UTC).replace(microsecond=0)
PIPELINE = "aurora_recovery/orders"


def ago(**since):
    return NOW - timedelta(**since)


def arn(number):
    return f"arn:aws:rds:us-west-2:111111111111:cluster-snapshot:orders-rp-{number}"


@pytest.fixture
def ledger(ledger_dsn):
    """A ledger with two recovery points, one recovery point run and one recovery."""
    ledger = Ledger(ledger_dsn)
    point_run = {"dag_id": "recovery_point__orders", "run_id": "manual__point"}
    ledger.record_run(
        **point_run,
        pipeline=PIPELINE,
        state="success",
        started_at=ago(minutes=20),
        finished_at=ago(minutes=10),
    )
    for position, task in enumerate(["preflight", "create_snapshot"]):
        ledger.record_step(
            **point_run, task_id=task, map_index=-1, title=f"{position + 1}. {task}", summary=f"{task} done",
            state="success", try_number=1,
            started_at=ago(minutes=19 - position), finished_at=ago(minutes=18 - position),
        )  # fmt: skip
    for number, days in ((1, 2), (2, 1)):
        ledger.record_recovery_point(
            snapshot_arn=arn(number), pipeline=PIPELINE, stamp=f"stamp-{number}", state="published",
            source_time=ago(days=days), published_at=ago(days=days) + timedelta(minutes=5),
        )  # fmt: skip
    ledger.record_recovery_point(snapshot_arn=arn(1), pipeline=PIPELINE, proved_at=ago(days=1))
    ledger.record_recovery_point(
        snapshot_arn=arn(3), pipeline=PIPELINE, state="copying", source_time=ago(hours=1)
    )

    restore_run = {"dag_id": "recovery_restore__orders", "run_id": "asset__restore"}
    ledger.record_run(
        **restore_run, pipeline=PIPELINE, mode="swap", state="success", started_at=ago(minutes=9)
    )
    ledger.record_recovery_test(
        **restore_run, pipeline=PIPELINE, mode="swap", outcome="swapped", snapshot_arn=arn(2),
        started_at=ago(minutes=9), source_time=ago(minutes=19),
        rpo_seconds=600, rpo_objective_seconds=3600, rto_seconds=300, rto_objective_seconds=200,
    )  # fmt: skip
    ledger.record_checks(
        CheckRow(
            **restore_run, task_id="check_candidate", name=name, kind="row count",
            passed=passed, expected="5", found=found,
        )
        for name, passed, found in (("rental", True, "5"), ("payment", False, "4"))
    )  # fmt: skip
    return ledger


@pytest.fixture
def report(ledger, ledger_dsn):
    """Run a report with psql as a person would; rows as dictionaries of text."""

    def run(name, **settings):
        options = " ".join(f"-c {key}={value}" for key, value in settings.items())
        done = subprocess.run(
            ["psql", "-X", "--csv", "-v", "ON_ERROR_STOP=1", "-f", REPORTS / f"{name}.sql", ledger_dsn],
            env={**os.environ, "PGOPTIONS": f"-c timezone=UTC {options}"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        head, *lines = done.stdout.splitlines()
        return [dict(zip(head.split(","), line.split(","), strict=True)) for line in lines]

    return run


def test_every_report_is_tested():
    """It should have a test below for each file."""
    assert {path.stem for path in REPORTS.glob("*.sql")} == {
        "what_ran", "recovery_points", "newest_recovery_point", "recovery_tests", "run_summary",
        "synonym_releases", "live_synonym_release", "sensitive_columns", "discovery_runs", "exposure_exceptions",
        "load_windows", "load_reconciliations", "load_publications",
    }  # fmt: skip


def test_what_ran(report):
    """It should list the newest run first and a run's steps in order."""
    rows = report("what_ran")
    assert [(row["run_id"], row["step"]) for row in rows] == [
        ("asset__restore", ""),
        ("manual__point", "1. preflight"),
        ("manual__point", "2. create_snapshot"),
    ]
    assert (rows[1]["took"], rows[1]["summary"], rows[1]["tries"]) == ("00:01:00", "preflight done", "1")


def test_recovery_points(report):
    """It should list every recovery point, newest first, with the time until it was ready."""
    rows = report("recovery_points")
    assert [row["snapshot_arn"] for row in rows] == [arn(3), arn(2), arn(1)]
    assert [row["ready_after"] for row in rows] == ["", "00:05:00", "00:05:00"]
    assert [bool(row["proved_at"]) for row in rows] == [False, False, True]


def test_newest_recovery_point(report):
    """It should name the newest usable one, not one that is still being copied."""
    (row,) = report("newest_recovery_point")
    assert row["snapshot_arn"] == arn(2)
    assert row["age"].startswith("1 day")
    assert row["newest_proved_data_as_of"] == f"{ago(days=2):%Y-%m-%d %H:%M:%S}+00"


def test_recovery_proves_the_point_it_restored(report, ledger):
    """It should count a recovery point as proved once a recovery of its copy has finished well."""
    copy = {"snapshot_arn": arn(2), "pipeline": PIPELINE, "copy_arn": f"{arn(2)}-copy"}
    ledger.record_recovery_point(**copy)
    run = {"dag_id": "recovery_restore__orders", "run_id": "asset__restore", "pipeline": PIPELINE}
    ledger.record_recovery_test(**run, snapshot_arn=copy["copy_arn"], finished_at=ago(minutes=1))

    assert [bool(row["proved_at"]) for row in report("recovery_points")] == [False, True, True]
    (newest,) = report("newest_recovery_point")
    assert newest["newest_proved_data_as_of"] == f"{ago(days=1):%Y-%m-%d %H:%M:%S}+00"
    assert newest["last_proved"] == f"{ago(minutes=1):%Y-%m-%d %H:%M:%S}+00"


def test_newest_recovery_point_of_a_pipeline_without_one(report, ledger):
    """It should show the pipeline all the same, so that its absence is seen."""
    ledger.record_recovery_point(snapshot_arn=arn(9), pipeline="aurora_recovery/stock", state="failed")
    rows = report("newest_recovery_point")
    assert [(row["pipeline"], row["snapshot_arn"]) for row in rows] == [
        (PIPELINE, arn(2)),
        ("aurora_recovery/stock", ""),
    ]


def test_recovery_tests(report):
    """It should show achieved against wanted, and count the checks by verdict."""
    (row,) = report("recovery_tests")
    assert (row["rpo"], row["rpo_objective"], row["rto"], row["rto_objective"]) == (
        "00:10:00", "01:00:00", "00:05:00", "00:03:20",
    )  # fmt: skip
    assert row["objectives_met"] == "f"
    assert (row["checks_passed"], row["checks_failed"]) == ("1", "1")


def test_run_summary_of_the_newest_run(report):
    """It should show the newest run, then its checks with what was expected and found."""
    rows = report("run_summary")
    assert [(row["line"], row["what"], row["state"]) for row in rows] == [
        ("run", "recovery_restore__orders swap", "success"),
        ("check", "row count payment", "failed"),
        ("check", "row count rental", "passed"),
    ]
    assert rows[1]["summary"] == "expected 5; found 4"


def test_run_summary_of_a_named_run(report):
    """It should show the run that is named in the session's settings."""
    rows = report("run_summary", **{"switchyard.run_id": "manual__point"})
    assert [row["what"] for row in rows] == ["recovery_point__orders", "1. preflight", "2. create_snapshot"]


SYNONYMS = {"dag_id": "synonym_refresh__products", "pipeline": "synonym_refresh/products"}


@pytest.fixture
def releases(ledger):
    """Three refreshes of a synonym set: one live, one that found nothing to do, one rolled back."""
    for number, (state, version, live_version) in enumerate(
        [("live", "v2", "v2"), ("unchanged", None, "v2"), ("rolled back", "v3", "v4")], 1
    ):
        run = SYNONYMS | {"run_id": f"scheduled__{number}"}
        ledger.record_run(**run, state="failed" if state == "rolled back" else "success")
        ledger.record_synonym_release(
            **run, stamp=f"stamp-{number}", state=state, version=version, live_version=live_version,
            sha256=("b" if state == "rolled back" else "a") * 64, rules=1 + number, rules_added=number,
            built_at=ago(hours=4 - number), finished_at=ago(hours=4 - number) + timedelta(minutes=3),
            live_at=ago(hours=3) + timedelta(minutes=2) if state == "live" else None,
        )  # fmt: skip
    ledger.record_synonym_probes(
        SynonymProbeRow(
            dag_id=SYNONYMS["dag_id"], run_id=run_id, task_id="probe_search", domain="products",
            number=1, query="gelato", passed=passed, finds=["ice cream"],
            missing=[] if passed else ["ice cream"],
        )
        for run_id, passed in (("scheduled__1", True), ("scheduled__3", False))
    )  # fmt: skip


def test_synonym_releases(report, releases):
    """It should list every release, newest first, with what it changed and how its probes went."""
    rows = report("synonym_releases")
    assert [(row["stamp"], row["state"], row["run"]) for row in rows] == [
        ("stamp-3", "rolled back", "failed"),
        ("stamp-2", "unchanged", "success"),
        ("stamp-1", "live", "success"),
    ]
    assert [(row["probes_passed"], row["probes_failed"]) for row in rows] == [
        ("0", "1"),
        ("0", "0"),
        ("1", "0"),
    ]
    assert (rows[2]["added"], rows[2]["live_after"]) == ("1", "00:02:00")


def test_live_synonym_release(report, releases):
    """It should name the release whose rules are live, with the version that a rollback gave it."""
    (row,) = report("live_synonym_release")
    assert (row["stamp"], row["sha256"], row["version"]) == ("stamp-1", "a" * 64, "v4")
    assert (row["probes_passed"], row["probes_failed"]) == ("1", "0")
    assert row["confirmed_at"] == f"{ago(minutes=57):%Y-%m-%d %H:%M:%S}+00"


def test_live_synonym_release_of_a_set_without_one(report, ledger):
    """It should show a set whose first release was refused, so that its absence is seen."""
    ledger.record_synonym_release(**SYNONYMS, run_id="scheduled__1", state="refused", errors=1)
    (row,) = report("live_synonym_release")
    assert (row["pipeline"], row["stamp"]) == ("synonym_refresh/products", "")


def test_run_summary_of_a_release(report, releases):
    """It should show a release's probes with what they had to find."""
    rows = report("run_summary", **{"switchyard.run_id": "scheduled__3"})
    assert [(row["line"], row["what"], row["state"]) for row in rows] == [
        ("run", "synonym_refresh__products", "failed"),
        ("probe", "products gelato", "failed"),
    ]
    assert rows[1]["summary"] == "finds ice cream; missing ice cream"
