"""What Switchyard adds to Airflow: the summary of a run, as a tab of the run's page, and the timetables of its DAGs.

Airflow imports this file in every process, so that what it needs to serve pages is imported with the first request.
"""

from __future__ import annotations

from typing import Any

from airflow.plugins_manager import AirflowPlugin

from switchyard.pipelines.timetables import Ticks, TicksOrNews
from switchyard.web.lazy import LazyApp
from switchyard.web.links import SUMMARY_ROUTE, root_path

PREFIX = "/switchyard"


class SwitchyardPlugin(AirflowPlugin):
    """The summary of a run, and the timetables."""

    name = "switchyard"
    fastapi_apps: list[Any] = [  # noqa: RUF012 - Airflow's own declaration
        {"app": LazyApp("switchyard.web.app:create_app"), "url_prefix": PREFIX, "name": "Switchyard"}
    ]
    external_views: list[Any] = [  # noqa: RUF012 - as above
        {
            "name": "Summary",
            "href": f"{root_path()}{PREFIX}/runs/{{DAG_ID}}/{{RUN_ID}}",
            "destination": "dag_run",
            "url_route": SUMMARY_ROUTE,
        }
    ]
    timetables: list[Any] = [Ticks, TicksOrNews]  # noqa: RUF012 - as above
