"""The runs that Airflow's scheduler makes of the configured schedules, day by day; the clock is the test's."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db
from airflow.jobs.job import Job
from airflow.jobs.scheduler_job_runner import SchedulerJobRunner
from airflow.models.backfill import _get_info_list
from airflow.models.dag import DagModel
from airflow.models.dagbundle import DagBundleModel
from airflow.models.dagrun import DagRun
from airflow.models.serialized_dag import SerializedDagModel
from airflow.timetables import interval, trigger
from airflow.utils.db import initdb
from airflow.utils.session import create_session
from airflow.utils.types import DagRunTriggeredByType, DagRunType
from sqlalchemy import delete, select

REPOSITORY = Path(__file__).parents[2]
SHIPPED = REPOSITORY / "include" / "pipelines"
BUNDLE = "schedules"
BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)


class Scheduler:
    """Airflow's scheduler over the DAGs of a folder of configuration files, in a time of its own."""

    def __init__(self, monkeypatch, session):
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self._session = session
        self._models = []
        self._runner = SchedulerJobRunner(job=Job())
        for module in (interval, trigger):
            monkeypatch.setattr(module, "utcnow", lambda: self.now)

    def begin(self, moment):
        """Parse the DAGs, as of a moment."""
        self.now = moment
        self._session.expire_all()  # as another process, which knows nothing of what was read before
        sync_bag_to_db(DagBag(REPOSITORY / "dags", bundle_name=BUNDLE), BUNDLE, None, session=self._session)
        self._models = self._session.scalars(select(DagModel).where(DagModel.bundle_name == BUNDLE)).all()

    def until(self, moment, *, finish=True):
        """Let time pass; gives the runs that were made in their order: the DAG's id, begin and end of its interval."""
        made = []
        while due := [one for one in self._models if self._is_due(one, moment)]:
            model = min(due, key=lambda one: (one.next_dagrun_create_after, one.dag_id))
            self.now = model.next_dagrun_create_after
            self._runner._create_dag_runs([model], self._session)
            self._session.flush()
            run = self._session.scalars(
                select(DagRun).where(DagRun.dag_id == model.dag_id).order_by(DagRun.id.desc())
            ).first()
            made.append((run.dag_id, run.data_interval_start, run.data_interval_end))
            if finish:
                run.state = "success"
                model.exceeds_max_non_backfill = False
            self._session.flush()
        self.now = moment
        return made

    def fill_back(self, dag_id, begin, end):
        """Make and finish the runs that a backfill makes between two moments, both included; gives their ticks."""
        dag = SerializedDagModel.get_dag(dag_id, session=self._session)
        ticks = _get_info_list(from_date=begin, to_date=end, reverse=False, dag=dag)
        for tick in ticks:
            dag.create_dagrun(
                run_id=f"backfill__{tick.logical_date.isoformat()}",
                logical_date=tick.logical_date,
                data_interval=tick.data_interval,
                run_after=tick.run_after,
                run_type=DagRunType.BACKFILL_JOB,
                triggered_by=DagRunTriggeredByType.BACKFILL,
                state="success",
                session=self._session,
            )
        self._session.flush()
        return [tick.logical_date for tick in ticks]

    @staticmethod
    def _is_due(model, moment):
        after = model.next_dagrun_create_after
        return after is not None and after < moment and not model.exceeds_max_non_backfill


@pytest.fixture(scope="module")
def airflow_database():
    initdb()
    with create_session() as session:
        session.add(DagBundleModel(name=BUNDLE))


@pytest.fixture
def scheduler(airflow_database, monkeypatch, tmp_path):
    """The scheduler over the files of ``tmp_path``, without runs of tests before."""
    monkeypatch.setenv("SWITCHYARD_PIPELINES", str(tmp_path))
    with create_session() as session:
        session.execute(delete(DagRun))
        session.execute(delete(DagModel))
        session.commit()
        yield Scheduler(monkeypatch, session)
        session.rollback()


@pytest.fixture
def configure(tmp_path):
    """Write a shipped configuration with another schedule."""

    def write(pipeline, name, **schedule):
        content = yaml.safe_load((SHIPPED / pipeline / f"{name}.yaml").read_text())
        content["schedule"] = schedule
        if pipeline == "aurora_recovery":
            content["objectives"]["rpo_minutes"] = 3000
        if pipeline == "federated_load":
            content["tables"] = content["tables"][:1]
        folder = tmp_path / pipeline
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(content))

    return write


def counts(made):
    return Counter(dag_id for dag_id, _, _ in made)


def midnight(year, month, day, zone=UTC):
    return datetime(year, month, day, tzinfo=zone).astimezone(UTC)


def local_times(made, dag_id, zone=BERLIN):
    return [f"{end.astimezone(zone):%d. %H:%M %Z}" for one, _, end in made if one == dag_id]


def test_shipped_pipelines_make_their_runs(scheduler, monkeypatch):
    """It should make the runs that the shipped files promise, and none of what starts by hand or by a message."""
    monkeypatch.setenv("SWITCHYARD_PIPELINES", str(SHIPPED))
    sunday = midnight(2026, 11, 22)
    scheduler.begin(sunday - timedelta(minutes=1))
    scheduler.until(sunday)
    assert counts(scheduler.until(sunday + timedelta(hours=6))) == {
        "recovery_point__orders": 6,
        "recovery_watch__orders": 24,
        "federated_load__retail": 6,
        "federated_load__retail_postgres": 6,
        "synonym_refresh__products": 24,
        "sensitive_data_discovery__customers": 1,
        "warehouse_health__analytics": 1,
    }


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25)], ids=str)
def test_clock_changes(scheduler, configure, day, hours):
    """It should make a run for each hour that a day has where the clocks change, and one run of what is daily."""
    hourly = {"cron": "5 * * * *", "timezone": "Europe/Berlin"}
    nightly = {"cron": "30 2 * * *", "timezone": "Europe/Berlin"}
    configure("federated_load", "retail", load=hourly)
    configure("aurora_recovery", "orders", recovery_watch=hourly)
    configure("warehouse_health", "analytics", health=nightly)
    start, end = midnight(*day, BERLIN), midnight(*day[:2], day[2] + 1, BERLIN)
    assert end - start == timedelta(hours=hours)
    scheduler.begin(start - timedelta(hours=1))
    scheduler.until(start)  # a load that was just unpaused loads the interval before, too
    made = scheduler.until(end)
    found = counts(made)
    assert (found["federated_load__retail"], found["recovery_watch__orders"]) == (hours, hours)
    assert found["warehouse_health__analytics"] == 1, local_times(made, "warehouse_health__analytics")
    loads = [(begun, ended) for dag_id, begun, ended in made if dag_id == "federated_load__retail"]
    assert all(before[1] == after[0] for before, after in pairwise(loads)), "no gap, no overlap"


def test_time_zone_is_that_of_the_file(scheduler, configure):
    """It should run at the hour of the configured zone, summer and winter."""
    configure("warehouse_health", "analytics", health={"cron": "30 5 * * *", "timezone": "Europe/Berlin"})
    scheduler.begin(midnight(2026, 10, 24))
    assert local_times(scheduler.until(midnight(2026, 10, 27)), "warehouse_health__analytics") == [
        "24. 05:30 CEST",
        "25. 05:30 CET",
        "26. 05:30 CET",
    ]


def test_missed_runs_are_made_up_for_where_that_is_asked(scheduler, configure):
    """It should load each missed day where a load catches up, and none before its tick where it does not."""
    daily = {"cron": "0 0 * * *"}
    configure("federated_load", "retail", load=daily | {"since": "2026-01-01", "catchup": True})
    configure("federated_load", "retail_postgres", load=daily | {"since": "2026-01-01"})
    scheduler.begin(datetime(2026, 1, 5, 12, tzinfo=UTC))
    made = scheduler.until(datetime(2026, 1, 5, 13, tzinfo=UTC))
    days = [f"{start:%d}" for dag_id, start, _ in made if dag_id == "federated_load__retail"]
    assert days == ["01", "02", "03", "04"]
    assert [f"{start:%d}" for dag_id, start, _ in made if dag_id == "federated_load__retail_postgres"] == [
        "04"
    ]


def test_schedule_begins_on_its_day(scheduler, configure):
    """It should make no run before the first day of a schedule, in its own zone."""
    late = {"cron": "0 * * * *", "timezone": "Europe/Berlin", "since": "2026-02-03"}
    configure("synonym_refresh", "products", refresh=late)
    scheduler.begin(midnight(2026, 2, 1))
    made = scheduler.until(midnight(2026, 2, 3, BERLIN) + timedelta(hours=2))
    assert local_times(made, "synonym_refresh__products") == ["03. 00:00 CET", "03. 01:00 CET"]


def test_no_more_runs_at_once_than_configured(scheduler, configure):
    """It should hold further runs back while as many as are allowed have not ended."""
    hourly = {"cron": "0 * * * *"}
    configure("federated_load", "retail", load=hourly, max_active_runs=3)
    configure("synonym_refresh", "products", refresh=hourly)
    scheduler.begin(midnight(2026, 2, 1) - timedelta(minutes=1))
    made = counts(scheduler.until(midnight(2026, 2, 1) + timedelta(hours=12), finish=False))
    assert made == {"federated_load__retail": 3, "synonym_refresh__products": 1}


ASSETS = [None, "switchyard://catalog/loaded"]


@pytest.mark.parametrize("asset", ASSETS, ids=["by time", "by an asset too"])
@pytest.mark.parametrize("since", [None, "2025-01-01"])
def test_a_backfill_begins_no_schedule(scheduler, configure, asset, since):
    """It should make the runs of a backfill and then the next tick's, and none of a tick that is past."""
    weekly = {"cron": "0 3 * * 0", **({"since": since} if since else {})}
    configure("sensitive_data_discovery", "customers", discovery=weekly, asset=asset)
    dag_id, wednesday = "sensitive_data_discovery__customers", midnight(2026, 3, 18)
    scheduler.begin(wednesday)
    begun = scheduler.until(wednesday + timedelta(hours=1))
    assert [end for _, _, end in begun] == ([midnight(2026, 3, 15) + timedelta(hours=3)] if since else [])

    filled = scheduler.fill_back(dag_id, midnight(2026, 2, 1), midnight(2026, 2, 9))
    assert [f"{tick:%d. %H}" for tick in filled] == ["01. 03", "08. 03"]
    scheduler.begin(wednesday + timedelta(hours=2))
    made = scheduler.until(midnight(2026, 4, 1))
    assert [f"{end:%d. %H}" for _, _, end in made] == ["22. 03", "29. 03"]


def test_a_tick_that_was_filled_back_is_past(scheduler, configure):
    """It should not ask for a tick again that a backfill has made a run of, also within the minute of the tick."""
    configure("synonym_refresh", "products", refresh={"cron": "0 * * * *"})
    noon = midnight(2026, 2, 1) + timedelta(hours=12)
    scheduler.begin(noon + timedelta(seconds=10))
    assert scheduler.fill_back("synonym_refresh__products", noon, noon) == [noon]
    scheduler.begin(noon + timedelta(seconds=20))
    made = scheduler.until(noon + timedelta(hours=2, minutes=1))
    assert [end - noon for _, _, end in made] == [timedelta(hours=1), timedelta(hours=2)]


@pytest.mark.parametrize("asset", ASSETS, ids=["by time", "by an asset too"])
def test_a_tick_that_airflow_missed_is_made_up_for(scheduler, configure, asset):
    """It should make the newest missed run of a schedule that has begun, at once, whatever was filled back before."""
    configure("synonym_refresh", "products", refresh={"cron": "0 * * * *"}, asset=asset)
    noon = midnight(2026, 2, 1) + timedelta(hours=12)
    scheduler.begin(noon - timedelta(minutes=1))
    assert len(scheduler.until(noon + timedelta(minutes=1))) == 1
    scheduler.fill_back("synonym_refresh__products", midnight(2026, 1, 30), midnight(2026, 1, 31))
    scheduler.begin(noon + timedelta(hours=5, minutes=30))
    made = scheduler.until(noon + timedelta(hours=5, minutes=31))
    assert [end - noon for _, _, end in made] == [timedelta(hours=5)]


@pytest.mark.parametrize("asset", ASSETS, ids=["by time", "by an asset too"])
def test_the_first_tick_is_not_lost(scheduler, configure, asset):
    """It should make the first run of a schedule also where its DAG is parsed between the tick and the run."""
    configure("synonym_refresh", "products", refresh={"cron": "0 * * * *"}, asset=asset)
    noon = midnight(2026, 2, 1) + timedelta(hours=12)
    scheduler.begin(noon - timedelta(seconds=20))
    scheduler.begin(noon + timedelta(seconds=10))
    assert [end for _, _, end in scheduler.until(noon + timedelta(seconds=11))] == [noon]


def test_deadline_is_that_of_the_file(configure, monkeypatch, tmp_path):
    """It should give a DAG the deadline of its file, with whom to tell, and none where there is none."""
    configure("sensitive_data_discovery", "customers", deadline_minutes=90)
    configure("synonym_refresh", "products", asset="switchyard://catalog/loaded")
    monkeypatch.setenv("SWITCHYARD_PIPELINES", str(tmp_path))
    dags = DagBag(REPOSITORY / "dags").dags
    [alert] = dags["sensitive_data_discovery__customers"].deadline
    assert alert.interval == timedelta(minutes=90)
    assert alert.callback.kwargs["topic_arn"] == "arn:aws:sns:us-west-2:111111111111:switchyard-discovery"
    assert not dags["synonym_refresh__products"].deadline
    assert dags["synonym_refresh__products"].schedule.name == "switchyard://catalog/loaded"
