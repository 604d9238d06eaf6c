"""The DAG of a sensitive-data discovery, as far as configuration decides about it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Asset

from switchyard.configuration.discovery_sections import LEAST_USD
from switchyard.configuration.loader import load
from switchyard.configuration.sensitive_data_discovery import SensitiveDataDiscovery
from switchyard.pipelines.common import dag_arguments, dry_run, number
from switchyard.pipelines.schedules import late_after, started_by

TAGS = ("switchyard", "sensitive-data-discovery")
DISCOVERY = "sensitive_data_discovery"


def discovery_pipelines() -> tuple[SensitiveDataDiscovery, ...]:
    """The configured discoveries; dags/configuration.py tells of broken files."""
    return load().of(SensitiveDataDiscovery)


def discovery_dag(pipeline: SensitiveDataDiscovery) -> dict[str, Any]:
    """Arguments of the DAG."""
    return dag_arguments(pipeline, DISCOVERY, TAGS) | {
        **started_by(pipeline.schedule.discovery, pipeline.schedule.asset),
        **late_after(
            pipeline,
            topic_arn=pipeline.alert.topic_arn,
            region_name=pipeline.region,
            aws_conn_id=pipeline.aws_conn_id,
            account_id=pipeline.account_id,
        ),
        "params": {
            "dry_run": dry_run(),
            "max_usd": number(
                pipeline.cost.max_usd,
                type="number",
                at_least=LEAST_USD,
                at_most=1_000_000,
                title="Largest estimate in US dollars",
                description="What the search may cost in Amazon Macie; a run that is estimated above it stops before "
                "it loads anything.",
                section="Limits",
            ),
        },
    }


def place(pipeline: SensitiveDataDiscovery) -> dict[str, Any]:
    """Account, Region and where evidence is kept, as every step takes them."""
    return {
        "aws_conn_id": pipeline.aws_conn_id,
        "account_id": pipeline.account_id,
        "region_name": pipeline.region,
        "evidence": pipeline.evidence.model_dump(mode="json"),
    }


def source(pipeline: SensitiveDataDiscovery) -> dict[str, Any]:
    """The database as steps that count its rows take it."""
    where = {
        "aws_conn_id": pipeline.aws_conn_id,
        "account_id": pipeline.account_id,
        "region": pipeline.region,
    }
    return pipeline.source.model_dump(mode="json") | where


def tables(pipeline: SensitiveDataDiscovery) -> dict[str, Any]:
    """The tables that are searched."""
    return {
        "choices": pipeline.choices,
        "excluded": [one.model_dump(mode="json", by_alias=True) for one in pipeline.excluded],
    }


def cost(pipeline: SensitiveDataDiscovery) -> dict[str, Any]:
    """What a run may cost."""
    return {"usd_per_gb": pipeline.cost.usd_per_gb, "max_usd": "{{ params.max_usd }}"}


def section(pipeline: SensitiveDataDiscovery, name: str) -> dict[str, Any]:
    """A section of the configuration as steps take it."""
    content: dict[str, Any] = getattr(pipeline, name).model_dump(mode="json")
    return content


def exceptions(pipeline: SensitiveDataDiscovery) -> list[dict[str, str]]:
    """The reviewed exceptions."""
    return [one.model_dump(mode="json", by_alias=True) for one in pipeline.exceptions]


def purge(pipeline: SensitiveDataDiscovery) -> dict[str, Any]:
    """What empties the extract."""
    return {
        "extract": section(pipeline, "extract"),
        "replication_task_id": pipeline.load.replication_task_id,
        "workgroup": pipeline.athena.workgroup,
    }


def held_for(pipeline: SensitiveDataDiscovery) -> timedelta:
    """How long a run may have the extract: all its steps from one purge to the other, each to its last minute."""
    limits = pipeline.waits.timeouts_minutes
    once = limits.load + limits.search + limits.collect
    return timedelta(minutes=once + 2 * (limits.purge + limits.counts + limits.publish))


def outlets(pipeline: SensitiveDataDiscovery) -> list[Asset]:
    """The asset that is updated with the register."""
    return [Asset(pipeline.alert.asset)] if pipeline.alert.asset else []
