"""Chains of pipelines through assets: from the end of a step to the run that Airflow's scheduler makes of it."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from airflow.api_fastapi.execution_api.datamodels.asset import AssetProfile
from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db
from airflow.jobs.job import Job
from airflow.jobs.scheduler_job_runner import SchedulerJobRunner
from airflow.models.asset import AssetDagRunQueue, AssetEvent, AssetModel
from airflow.models.dag import DagModel
from airflow.models.dagbundle import DagBundleModel
from airflow.models.dagrun import DagRun
from airflow.models.serialized_dag import SerializedDagModel
from airflow.models.taskinstance import TaskInstance
from airflow.utils.db import initdb
from airflow.utils.session import create_session
from airflow.utils.sqlalchemy import prohibit_commit
from airflow.utils.types import DagRunTriggeredByType, DagRunType
from sqlalchemy import delete, select, update

from demo.airflow_settings import REPOSITORY
from switchyard.aurora_recovery.message import RecoveryPointMessage
from switchyard.operators.aurora.announcements import announced, carried

SHIPPED = REPOSITORY / "include" / "pipelines"
BUNDLE = "chains"
PAGE = (REPOSITORY / "docs" / "how-to" / "schedule-pipelines.md").read_text()
[SHOWN] = re.findall(
    r"^```yaml\n(# include/pipelines/aurora_recovery/.*?)^```", PAGE, re.DOTALL | re.MULTILINE
)
EXAMPLE = re.split(r"^# include/pipelines/(\S+)\.yaml$", SHOWN, flags=re.MULTILINE)
"""Nothing, then in turns the name of a configuration and what the page writes into it."""
POINT, RESTORE, DISCOVERY = (
    "recovery_point__orders",
    "recovery_restore__orders",
    "sensitive_data_discovery__customers",
)
MESSAGE = RecoveryPointMessage(
    run_id="scheduled__1",
    stamp="2602010000-0a1b2c",
    pipeline="aurora_recovery/orders",
    source_account_id="111111111111",
    source_region="us-west-2",
    source_id="orders",
    source_resource_id="cluster-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    snapshot_arn="arn:aws:rds:us-west-1:111111111111:cluster-snapshot:orders-rp-2602010000-0a1b2c",
    source_time=datetime(2026, 2, 1, tzinfo=UTC),
    engine="aurora-mysql",
    engine_version="8.0.mysql_aurora.3.08.2",
    kms_key_arn="arn:aws:kms:us-west-1:111111111111:key/0a1b2c3d-0000-4000-8000-000000000001",
    manifest_uri="s3://switchyard-manifests-111111111111/manifests/orders/orders-rp-2602010000-0a1b2c.json",
    manifest_sha256="0" * 64,
)


BY_ASSET = DagRun.run_type == DagRunType.ASSET_TRIGGERED


def announcements(run):
    """What the operators of a run find of announcements in its events."""
    return announced({"triggering_asset_events": {"points": run.consumed_asset_events}})


class Chains:
    """Airflow over the DAGs of the configuration files, as far as it starts runs by assets."""

    def __init__(self, session):
        self._session = session
        self._numbers = itertools.count()
        self._runner = SchedulerJobRunner(job=Job())
        self._bag = DagBag(REPOSITORY / "dags", bundle_name=BUNDLE)
        sync_bag_to_db(self._bag, BUNDLE, None, session=session)
        session.execute(update(DagModel).values(is_paused=False))
        session.commit()

    def end(self, dag_id, task_id, extra=None):
        """Let a step end well, as the API server is told of it; `extra` is what its assets' events carry."""
        dag = SerializedDagModel.get_dag(dag_id, session=self._session)
        run = dag.create_dagrun(
            run_id=f"manual__{next(self._numbers)}",
            run_after=datetime.now(UTC),
            run_type=DagRunType.MANUAL,
            triggered_by=DagRunTriggeredByType.TEST,
            state="running",
            session=self._session,
        )
        outlets = self._bag.dags[dag_id].get_task(task_id).outlets
        events = [
            {"dest_asset_key": {"name": asset.name, "uri": asset.uri}, "extra": extra or {}}
            for asset in outlets
        ]
        TaskInstance.register_asset_changes_in_db(
            run.get_task_instance(task_id, session=self._session),
            [AssetProfile(name=asset.name, uri=asset.uri, type="Asset") for asset in outlets],
            events,
            session=self._session,
        )
        self._session.commit()

    def started(self):
        """The runs that the scheduler has made of what happened, now and before, in their order."""
        with prohibit_commit(self._session) as guard:
            self._runner._create_dagruns_for_dags(guard, self._session)
        return list(self._session.scalars(select(DagRun).where(BY_ASSET).order_by(DagRun.id)))

    def finish(self):
        """Let the runs that were started end well."""
        self._session.execute(update(DagRun).where(BY_ASSET).values(state="success"))
        self._session.commit()


@pytest.fixture(scope="module")
def airflow_database():
    initdb()
    with create_session() as session:
        session.add(DagBundleModel(name=BUNDLE))


@pytest.fixture
def chains(airflow_database, configured):
    with create_session() as session:
        for kind in (AssetEvent, AssetDagRunQueue, DagRun, DagModel, AssetModel):
            session.execute(delete(kind))
        session.commit()
        yield Chains(session)
        session.rollback()


@pytest.fixture
def configured(monkeypatch, tmp_path):
    """The shipped pipelines with what the page shows: drills of recovery points, and a discovery after each proof."""
    for name, sections in zip(EXAMPLE[1::2], EXAMPLE[2::2], strict=True):
        content = yaml.safe_load((SHIPPED / f"{name}.yaml").read_text())
        for section, changed in yaml.safe_load(sections).items():
            content[section] = content.get(section, {}) | changed
        file = tmp_path / f"{name}.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(yaml.safe_dump(content))
    monkeypatch.setenv("SWITCHYARD_PIPELINES", str(tmp_path))


def test_a_recovery_point_starts_a_drill_of_itself(chains):
    """It should start one run of the restore, which finds the announcement in its event, and nothing else."""
    chains.end(POINT, "announce_recovery_point", carried(MESSAGE))
    started = chains.started()
    assert [run.dag_id for run in started] == [RESTORE]
    assert announcements(started[0]) == [MESSAGE]
    assert chains.started() == started, "once"


def test_recovery_points_wait_for_the_run_under_way(chains):
    """It should start a run for the first of those that came meanwhile, and hand the others to the run after it."""
    later = [replace(MESSAGE, source_time=MESSAGE.source_time + timedelta(hours=hour)) for hour in range(4)]
    for message in later[:3]:
        chains.end(POINT, "announce_recovery_point", carried(message))
        chains.started()
    chains.finish()
    chains.started()
    chains.finish()
    assert [announcements(run) for run in chains.started()] == [[later[0]], [later[1]]]
    chains.end(POINT, "announce_recovery_point", carried(later[3]))
    assert announcements(chains.started()[-1]) == later[2:]


def test_a_proved_restore_starts_what_comes_after_it(chains):
    """It should start the discovery, and not the restore again."""
    chains.end(RESTORE, "record_evidence", {"outcome": "proved"})
    assert [run.dag_id for run in chains.started()] == [DISCOVERY]


def test_other_steps_start_nothing(chains):
    """It should let no step but the announcing one and the recording one start others."""
    chains.end(POINT, "apply_retention")
    chains.end(RESTORE, "tear_down_candidate")
    assert chains.started() == []
