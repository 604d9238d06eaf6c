"""The settings that lead what a stack tells the outside world to the collectors of the tests."""

from __future__ import annotations

import json

from tests.support.collectors import Lineage, Mail, Statsd
from tests.support.page_commands import variables


def observed(metrics: Statsd, lineage: Lineage, mail: Mail) -> dict[str, str]:
    """The environment of a stack that tells these collectors, by the settings that the page about observing shows."""
    return {
        **variables(
            "observe",
            "AIRFLOW__METRICS__STATSD_ON",
            AIRFLOW__METRICS__STATSD_HOST="127.0.0.1",
            AIRFLOW__METRICS__STATSD_PORT=str(metrics.port),
        ),
        **variables(
            "observe",
            "AIRFLOW__OPENLINEAGE__",
            AIRFLOW__OPENLINEAGE__TRANSPORT=json.dumps({"type": "http", "url": lineage.url}),
        ),
        "AIRFLOW_CONN_SMTP_DEFAULT": json.dumps(
            {
                "conn_type": "smtp",
                "host": "127.0.0.1",
                "port": mail.port,
                "extra": {"disable_ssl": True, "disable_tls": True},
            }
        ),
        # A machine under load takes its time for an event; the task waits for it.
        "AIRFLOW__OPENLINEAGE__EXECUTION_TIMEOUT": "60",
    }
