"""What DMS does with real databases and files; only this needs DuckDB and Arrow, which take long to import."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from sandbox.dms import mappings, task_settings
from sandbox.dms.certificates import Certificate
from sandbox.dms.endpoints import Endpoint
from sandbox.dms.load import Load
from sandbox.dms.login import login
from sandbox.dms.sources import SOURCES, Source
from sandbox.dms.statistics import TableStatistics
from sandbox.dms.table_load import Order
from sandbox.dms.target import Bucket
from sandbox.dms.tasks import ReplicationTask


def check(endpoint: Endpoint, certificate: Certificate | None) -> None:
    """Connect to an endpoint; Unreachable where that fails."""
    if endpoint.s3_settings:
        _bucket(endpoint).check()
    else:
        _source(endpoint, certificate).check()


def new_load(
    task: ReplicationTask,
    source: Endpoint,
    target: Endpoint,
    certificate: Certificate | None,
    *,
    tables: dict[str, TableStatistics],
    started_at: datetime,
) -> Load:
    """Return a run of a task, which has not begun."""
    _, _, _, region, account, *_ = task.arn.split(":")
    order = Order(
        task=task.identifier,
        account=account,
        region=region,
        source=_source(source, certificate),
        bucket=_bucket(target),
        mappings=mappings.parse(task.mappings),
        settings=task_settings.parse(task.settings),
    )
    return Load(order, tables, started_at)


def _source(endpoint: Endpoint, certificate: Certificate | None) -> Source:
    return SOURCES[endpoint.reader](partial(login, endpoint, certificate))


def _bucket(endpoint: Endpoint) -> Bucket:
    _, _, _, region, account, *_ = endpoint.endpoint_arn.split(":")
    return Bucket(account, region, endpoint.target)
