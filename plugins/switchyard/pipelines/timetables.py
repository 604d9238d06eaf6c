"""Timetables of Airflow's own processes, which the plugin tells it of: those of DAGs that look at the present."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.timetables.assets import AssetOrTimeSchedule
from airflow.timetables.base import DagRunInfo
from airflow.timetables.trigger import CronTriggerTimetable

if TYPE_CHECKING:
    from airflow.models.dagrun import DagRun
    from airflow.timetables.base import TimeRestriction

BACKFILL = "backfill"


class FilledBack(DagRunInfo):
    """What Airflow hands a timetable of a DAG's newest run, where a backfill made that run."""

    __slots__ = ()


class _KnowsBackfills:
    """Tells runs of the schedule from those of backfills, both of which Airflow takes for the last automated run."""

    def run_info_from_dag_run(self, *, dag_run: DagRun) -> DagRunInfo:
        """Dates of a run that others follow."""
        info: DagRunInfo = super().run_info_from_dag_run(dag_run=dag_run)  # type: ignore[misc]
        return FilledBack(*info) if dag_run.run_type == BACKFILL else info


class Ticks(_KnowsBackfills, CronTriggerTimetable):
    """A cron whose missed tick is made up for once it has begun to run, which no backfill does in its stead.

    Airflow makes up for the newest tick that is past as soon as a DAG has an automated run, and counts those of a
    backfill. Somebody who fills January back would get a run of last Sunday with it, in the usual mode of the DAG.
    """

    @property
    def expression(self) -> str:
        """The five cron fields."""
        return self._expression

    @property
    def timezone(self) -> str:
        """The zone of the cron fields."""
        return str(self._timezone)

    def next_dagrun_info_v2(
        self, *, last_dagrun_info: DagRunInfo | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """The next run of the schedule; after a backfill that of a DAG which never ran, and of no tick that has one."""
        if restriction.catchup or not isinstance(last_dagrun_info, FilledBack):
            return super().next_dagrun_info_v2(last_dagrun_info=last_dagrun_info, restriction=restriction)
        every = restriction._replace(catchup=True)
        found = [
            self.next_dagrun_info(last_automated_data_interval=last, restriction=restricted)
            for last, restricted in (
                (None, restriction._replace(earliest=None)),
                (None, every),
                (last_dagrun_info.data_interval, every),
            )
        ]
        return max((one for one in found if one), key=lambda one: one.run_after, default=None)


class TicksOrNews(_KnowsBackfills, AssetOrTimeSchedule):
    """The ticks of a cron, and events of assets beside them."""

    timetable: Ticks

    def next_dagrun_info_v2(self, **known: Any) -> DagRunInfo | None:
        """The next run of the cron."""
        return self.timetable.next_dagrun_info_v2(**known)
