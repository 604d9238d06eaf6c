"""The commands of the page about backfills, executed as they stand there, on the shipped pipelines and schedules."""

from __future__ import annotations

import re
import shlex
from contextlib import ExitStack

import pytest
import yaml

from demo import pipelines, processes
from demo.airflow_settings import REPOSITORY
from demo.synonym_refresh import REFRESH, WORLD, opened

PAGE = (REPOSITORY / "docs" / "how-to" / "backfill.md").read_text()
COMMANDS = re.findall(r"^airflow (backfill create .*)$", PAGE, re.MULTILINE)
PLANS = [one for one in COMMANDS if "--dry-run" in one]
FILLS = [one for one in COMMANDS if "--dry-run" not in one and REFRESH in one]
"""Those of discoveries are executed in test_sensitive_data_discovery.py."""
TICKS = {
    "federated_load__retail": ["2026-01-31T00:00", "2026-01-31T01:00", "2026-01-31T02:00"],
    "sensitive_data_discovery__customers": ["2026-01-18T03:00", "2026-01-25T03:00", "2026-02-01T03:00"],
}
"""What each dry run of the page lists."""
PARSED_SECONDS, FILLED_SECONDS = 180, 600


@pytest.fixture(scope="module")
def scheduled(stack, api):
    """The shipped schedules, which the stack leaves out, until the end of the tests."""
    folder = stack.home / "pipelines"
    with ExitStack() as changes:
        for name in (dag_id.replace("__", "/") for dag_id in (*TICKS, REFRESH)):
            schedule = yaml.safe_load((pipelines.SHIPPED / f"{name}.yaml").read_text())["schedule"]
            changes.enter_context(pipelines.changed(folder, name, schedule=schedule))
        for dag_id in (*TICKS, REFRESH):
            processes.wait_until(
                lambda dag_id=dag_id: api.get(f"dags/{dag_id}")["timetable_summary"] not in (None, "None"),
                f"the schedule of {dag_id}",
                seconds=PARSED_SECONDS,
                poll_seconds=1,
            )
        yield


def told(stack, command):
    """Run a command of the page; what it says."""
    made = stack.airflow(*shlex.split(command))
    assert made.returncode == 0, made.stderr
    return made.stdout + made.stderr


def dag_of(command):
    return re.search(r"--dag-id (\S+)", command)[1]


def filled(api):
    return {run["logical_date"][:16]: run for run in api.runs(REFRESH) if run["run_type"] == "backfill"}


@pytest.mark.usefixtures("scheduled")
@pytest.mark.parametrize("command", PLANS, ids=dag_of)
def test_a_dry_run_lists_the_ticks_of_the_schedule(stack, api, command):
    """It should list the ticks between the two dates, and make no run."""
    before = api.runs(dag_of(command))
    listed = re.findall(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", told(stack, command))
    ticks = sorted({one.replace(" ", "T") for one in listed})  # Airflow lists them in no order
    assert [one for one in ticks if one in TICKS[dag_of(command)]] == TICKS[dag_of(command)]
    assert api.runs(dag_of(command)) == before


@pytest.mark.timeout(2 * FILLED_SECONDS)
@pytest.mark.usefixtures("scheduled")
def test_ticks_are_filled_and_repeated(stack, api):
    """It should plan both ticks in their order, then really refresh them, the newest first, under the same ids."""
    stack.sandbox.client().seed(WORLD)
    with opened(stack) as shop:
        shop.bootstrap()
        api.unpause(REFRESH)
        plan, again = FILLS
        first = fill(stack, api, plan, {})
        assert [run["conf"] for run in first.values()] == [{"dry_run": True}] * 2
        second = fill(stack, api, again, first)
        assert {day: run["dag_run_id"] for day, run in second.items()} == {
            day: run["dag_run_id"] for day, run in first.items()
        }
        newest, oldest = sorted(second, reverse=True)
        assert second[newest]["start_date"] < second[oldest]["start_date"]


def fill(stack, api, command, known):
    """Execute a command, and wait until its runs have succeeded and Airflow has closed the backfill."""
    told(stack, command)

    def ended():
        runs = {day: run for day, run in filled(api).items() if run["end_date"] is not None}
        fresh = {day for day, run in runs.items() if run["end_date"] != known.get(day, {}).get("end_date")}
        assert [day for day in fresh if runs[day]["state"] == "failed"] == []
        return len(fresh) == 2

    processes.wait_until(ended, "the ticks", seconds=FILLED_SECONDS, poll_seconds=1)
    processes.wait_until(lambda: not under_way(api), "the end of the backfill", seconds=120, poll_seconds=1)
    return filled(api)


def under_way(api):
    return [one for one in api.get(f"backfills?dag_id={REFRESH}")["backfills"] if one["completed_at"] is None]
