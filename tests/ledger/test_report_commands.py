"""The reports of the command line, from a real ledger: evidence of one recovery, and the state of all databases."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from switchyard.ledger import CheckRow
from switchyard.ledger.__main__ import main
from switchyard.ledger.recoveries import RecoveryLedger

REPOSITORY = Path(__file__).parents[2]
PIPELINE = "aurora_recovery/orders"
RUN = {"dag_id": "recovery_restore__orders", "run_id": "manual__2026-02-01T00:00:00+00:00"}
ARN = "arn:aws:rds:us-west-1:111111111111:cluster-snapshot:orders-rp-2602010000-0a1b2c"
NOW = datetime.now(UTC).replace(microsecond=0)
HOSTILE = "<script>alert('x')</script>&\"<img src=x onerror=y>"


def ago(**since):
    return NOW - timedelta(**since)


@pytest.fixture
def ledger(ledger_dsn):
    """One recovery with two checks, three steps and an approval; a value of each comes from somewhere untrusted."""
    ledger = RecoveryLedger(ledger_dsn)
    ledger.record_run(**RUN, pipeline=PIPELINE, mode="swap", state="success", started_at=ago(minutes=9))
    ledger.record_recovery_test(
        **RUN, pipeline=PIPELINE, mode="swap", outcome="swapped", snapshot_arn=ARN, cluster="orders",
        started_at=ago(minutes=9), finished_at=ago(minutes=1), source_time=ago(minutes=19), approved_by="alice",
        rpo_seconds=600, rpo_objective_seconds=3600, rto_seconds=300, rto_objective_seconds=200,
    )  # fmt: skip
    ledger.record_checks(
        CheckRow(
            **RUN, task_id="check_candidate", name=name, kind="rows", passed=passed, expected="5", found=found,
            checked_at=ago(minutes=4),
        )
        for name, passed, found in (("rows of rental", True, "5"), ("rows of payment", False, HOSTILE))
    )  # fmt: skip
    for number, (task, state) in enumerate(
        (("accept", "success"), ("restore", "failed"), ("record", "running"))
    ):
        ledger.record_step(
            **RUN, task_id=task, map_index=-1, title=f"{number + 1}. {task} {HOSTILE}", state=state, try_number=1,
            started_at=ago(minutes=9 - number), finished_at=None if state == "running" else ago(minutes=8 - number),
        )  # fmt: skip
    ledger.record_recovery_approval(
        **RUN, gate="swap", decision="approved", decided_by="alice", subject=HOSTILE, comment=HOSTILE,
        asked_at=ago(minutes=4), decided_at=ago(minutes=3),
    )  # fmt: skip
    return ledger


class Page(HTMLParser):
    """Elements and texts of a page."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.texts = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)


@pytest.fixture
def command(ledger_dsn, capsys):
    """Run a report; its exit code, and what it wrote."""

    def run(*arguments):
        code = main([*arguments, "--dsn", ledger_dsn])
        captured = capsys.readouterr()
        return code, captured.out or captured.err

    return run


def test_json_holds_all_evidence(command, ledger):
    """It should give a versioned document with checks, timings, objectives and approver, the same every time."""
    code, text = command("report", "--run", RUN["run_id"], "--format", "json")
    document = json.loads(text)
    assert code == 0
    assert (document["schema"], document["version"]) == ("switchyard.recovery-report", 1)
    assert document["objectives"] == {
        "rpo": {"achieved_seconds": 600.0, "objective_seconds": 3600.0, "met": True},
        "rto": {"achieved_seconds": 300.0, "objective_seconds": 200.0, "met": False},
    }
    assert (document["checks_passed"], document["checks_failed"]) == (1, 1)
    assert {(one["name"], one["expected"], one["found"]) for one in document["checks"]} == {
        ("rows of rental", "5", "5"),
        ("rows of payment", "5", HOSTILE),
    }
    assert [(one["task_id"], one["seconds"]) for one in document["steps"]] == [
        ("accept", 60.0),
        ("restore", 60.0),
    ]
    assert (document["mode"], document["outcome"], document["approved_by"]) == ("swap", "swapped", "alice")
    assert document["snapshot_arn"] == ARN
    assert command("report", "--pipeline", PIPELINE, "--format", "json") == (0, text)


def test_page_escapes_everything_and_needs_nothing(command, ledger):
    """It should show hostile values as text, run no script, load nothing, and name its language and columns."""
    code, text = command("report", "--run", RUN["run_id"], "--dag", RUN["dag_id"])
    page = Page(text)
    assert code == 0
    tags = [tag for tag, _ in page.elements]
    assert not {"script", "img", "link", "iframe", "form"} & set(tags)
    assert not [attrs for _, attrs in page.elements if {"src", "href"} & set(attrs)]
    assert "".join(page.texts).count(HOSTILE) == 5
    assert ("html", {"lang": "en"}) in page.elements
    assert all("scope" in attrs for tag, attrs in page.elements if tag == "th")
    assert tags.count("h1") == 1
    assert ARN in page.texts


def test_a_run_that_is_not_recorded_is_named(command, ledger):
    """It should end with 1 and say which run it looked for."""
    code, text = command("report", "--run", "manual__nobody")
    assert code == 1
    assert "manual__nobody" in text


def test_a_pipeline_without_recoveries_is_told_of_others(command, ledger):
    """It should name the pipelines that have recoveries, as people leave the pipeline's kind out."""
    code, text = command("report", "--pipeline", "orders")
    assert code == 1
    assert text.startswith("pipeline is 'orders': no recovery of it is recorded.")
    assert text.endswith(f"name a pipeline that has one: {PIPELINE}.\n")


def test_an_empty_connection_string_is_refused(capsys):
    """It should not look for another ledger where the shell's variable is unset."""
    assert main(["report", "--pipeline", PIPELINE, "--dsn", ""]) == 1
    assert "--dsn is '': it is empty. Set the variable" in capsys.readouterr().err


@pytest.fixture
def configured(tmp_path, monkeypatch):
    """Three databases in one deployment."""
    shipped = (REPOSITORY / "include" / "pipelines" / "aurora_recovery" / "orders.yaml").read_text()
    folder = tmp_path / "aurora_recovery"
    folder.mkdir()
    for name in ("orders", "billing", "stock"):
        (folder / f"{name}.yaml").write_text(shipped.replace("cluster_id: orders", f"cluster_id: {name}"))
    monkeypatch.setenv("SWITCHYARD_PIPELINES", str(tmp_path))
    monkeypatch.setenv("SWITCHYARD_INCLUDE", str(REPOSITORY / "include"))


def test_fleet_names_the_worst_first(command, ledger, configured, tmp_path):
    """It should be red where nothing is known or late, amber where it is near, green where all is kept."""
    present = datetime.now(UTC)
    for name, minutes, rto in (("orders", 10, 300), ("billing", 80, 300)):
        run = {
            "dag_id": f"recovery_restore__{name}",
            "run_id": "later",
            "pipeline": f"aurora_recovery/{name}",
        }
        ledger.record_recovery_point(
            snapshot_arn=f"{ARN}-{name}",
            pipeline=run["pipeline"],
            state="published",
            source_time=present - timedelta(minutes=minutes),
        )
        ledger.record_recovery_test(
            **run, mode="test", outcome="proved", started_at=present, finished_at=present, rto_seconds=rto
        )
    code, text = command("fleet")
    assert code == 2
    assert text.splitlines()[0] == "1 red, 1 amber, 1 green"
    assert [line.split(":")[0].split() for line in text.splitlines()[1:]] == [
        ["red", "aurora_recovery/stock"],
        ["amber", "aurora_recovery/billing"],
        ["green", "aurora_recovery/orders"],
    ]
    assert "no usable recovery point" in text
    code, _ = command("fleet", "--format", "html", "--out", str(tmp_path / "fleet.html"))
    page = Page((tmp_path / "fleet.html").read_text())
    assert "aurora_recovery/billing" in page.texts
    code, text = command("fleet", "--format", "json")
    assert json.loads(text)["counts"] == {"red": 1, "amber": 1, "green": 1}


def test_fleet_believes_the_watch_more_than_the_announcement(command, ledger, configured):
    """It should take the recovery point that the watch found usable, also where it found none."""
    ledger.record_recovery_point(
        snapshot_arn=ARN, pipeline=PIPELINE, state="published", source_time=ago(minutes=1)
    )
    run = {"dag_id": "recovery_watch__orders", "run_id": "scheduled__1"}
    ledger.record_run(**run, pipeline=PIPELINE)
    for arn, moment in ((ARN, ago(minutes=50).isoformat()), (None, None)):
        ledger.record_step(
            **run, task_id="find_usable_point", map_index=-1, state="success", finished_at=NOW,
            result={"snapshot_arn": arn, "data_as_of": moment, "refused": []},
        )  # fmt: skip
        state = json.loads(command("fleet", "--format", "json")[1])
        orders = next(one for one in state["databases"] if one["pipeline"] == PIPELINE)
        assert (orders["snapshot_arn"], orders["data_age_seconds"] is None) == (arn, arn is None)


def test_a_broken_configuration_is_no_green_fleet(command, ledger, configured, tmp_path):
    """It should refuse to report where a database would be missing from the report."""
    (tmp_path / "aurora_recovery" / "broken.yaml").write_text("engine: oracle\n")
    code, text = command("fleet")
    assert code == 1
    assert "broken.yaml" in text


def test_reports_run_without_airflow(ledger, ledger_dsn, tmp_path):
    """It should need nothing but the connection string on an auditor's machine, and not start Airflow."""
    arguments = ["report", "--pipeline", PIPELINE, "--dsn", ledger_dsn]
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "switchyard.ledger", *arguments],
        cwd=tmp_path, env={"PYTHONPATH": str(REPOSITORY / "plugins")}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.startswith("<!DOCTYPE html>")
    assert "airflow" not in done.stderr
