"""Airflow's statistics, led to a collector of the test."""

import pytest
from airflow.sdk._shared.observability.metrics import stats
from airflow.sdk.observability.metrics.stats_utils import get_stats_factory

from tests.support.collectors import Statsd, collecting


@pytest.fixture
def statsd():
    """A StatsD collector."""
    with collecting(Statsd) as collector:
        yield collector


@pytest.fixture
def sent_to(monkeypatch):
    """Airflow's settings for metrics, as the environment of a task's process has them, until the end of the test."""

    def settings(**options):
        for name, value in options.items():
            monkeypatch.setenv(f"AIRFLOW__METRICS__{name.upper()}", str(value))
        stats.initialize(factory=get_stats_factory(), export_legacy_names=True)

    yield settings
    stats.initialize(factory=stats.NoStatsLogger, export_legacy_names=True)
