"""The two DAGs of a synonym set, as far as configuration decides about them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Param

from switchyard.configuration.loader import load
from switchyard.configuration.synonym_refresh import SynonymRefresh
from switchyard.operators.synonyms.releases import lock_key
from switchyard.pipelines.common import dag_arguments, dry_run, number
from switchyard.pipelines.schedules import late_after, started_by

TAGS = ("switchyard", "synonym-refresh")
REFRESH, BOOTSTRAP = "synonym_refresh", "synonym_bootstrap"


def synonym_pipelines() -> tuple[SynonymRefresh, ...]:
    """The configured synonym sets; dags/configuration.py tells of broken files."""
    return load().of(SynonymRefresh)


def synonym_refresh_dag(pipeline: SynonymRefresh) -> dict[str, Any]:
    """Arguments of the DAG that refreshes."""
    limits = pipeline.limits
    return dag_arguments(pipeline, REFRESH, TAGS) | {
        **started_by(pipeline.schedule.refresh, pipeline.schedule.asset),
        **late_after(pipeline, **place(pipeline)),
        "params": {
            "dry_run": dry_run(),
            "force": Param(
                False,
                type="boolean",
                title="Force",
                description="Publish although no rule is left, or more have disappeared than the largest loss allows.",
            ),
            "percent_without_approval": number(
                limits.max_change_percent_without_approval,
                type="number",
                at_least=0,
                at_most=100,
                title="Change without approval, percent",
                description="How much of the rules may change before a person is asked; at 100 nobody is.",
                section="Limits",
            ),
            "max_shrink_percent": number(
                limits.max_shrink_percent,
                type="number",
                at_least=0,
                at_most=100,
                title="Largest loss, percent",
                description="How many of the live rules may disappear before the run stops, unless it is forced.",
                section="Limits",
            ),
        },
    }


def synonym_bootstrap_dag(pipeline: SynonymRefresh) -> dict[str, Any]:
    """Arguments of the DAG that makes package and indexes; it never runs by itself."""
    return dag_arguments(pipeline, BOOTSTRAP, TAGS) | {"schedule": None, "params": {"dry_run": dry_run()}}


def bootstrap_dag_id(pipeline: SynonymRefresh) -> str:
    """The DAG that makes what a refresh needs."""
    return f"{BOOTSTRAP}__{pipeline.name}"


def place(pipeline: SynonymRefresh) -> dict[str, str]:
    """Account and Region of package, domains and bucket, as every operator takes them."""
    first = pipeline.domains[0]
    return {"aws_conn_id": first.aws_conn_id, "account_id": first.account_id, "region_name": first.region}


def store(pipeline: SynonymRefresh) -> dict[str, str]:
    """Where the set's files are kept."""
    return {"bucket": pipeline.store.bucket, "folder": pipeline.folder_key}


def publication(pipeline: SynonymRefresh) -> dict[str, Any]:
    """What a run publishes into, and the object that says which run may."""
    return {
        "package_name": pipeline.package.name,
        "bucket": pipeline.store.bucket,
        "lock_key": lock_key(pipeline.folder_key),
        "lock_seconds": _longest_publication(pipeline).total_seconds(),
        **settling(pipeline),
    }


def _longest_publication(pipeline: SynonymRefresh) -> timedelta:
    """How long a run may need from its first change to its last, a roll back included."""
    minutes = pipeline.waits.timeouts_minutes
    there = minutes.package + minutes.association + minutes.apply + minutes.probes
    return timedelta(minutes=2 * there + minutes.checks)


def settling(pipeline: SynonymRefresh) -> dict[str, float]:
    """How long a change may stay invisible."""
    return {"settle_seconds": pipeline.waits.settle_seconds}


def analysis(pipeline: SynonymRefresh) -> dict[str, Any]:
    """The declared analysis before the synonyms."""
    declared: dict[str, Any] = pipeline.analysis.model_dump(mode="json")
    return declared


def domains(pipeline: SynonymRefresh) -> list[dict[str, Any]]:
    """The domains as operators take them."""
    return [domain.model_dump(mode="json") for domain in pipeline.domains]


def rows(pipeline: SynonymRefresh) -> dict[str, Any]:
    """What a build reads, and by what it judges."""
    limits = pipeline.limits
    return {
        "source": pipeline.source.model_dump(mode="json"),
        "locale": pipeline.locale,
        "analysis": analysis(pipeline),
        "limits": {"warn_expansions": limits.warn_expansions, "max_expansions": limits.max_expansions},
        "probes": pipeline.all_probes,
    }


def approval(pipeline: SynonymRefresh) -> dict[str, Any]:
    """Who is asked about a large change, and for how long."""
    asked = pipeline.approval
    return {
        "response_timeout": timedelta(hours=asked.timeout_hours),
        "on_timeout": asked.on_timeout,
        "approvers": asked.approvers,
    }


def application(pipeline: SynonymRefresh) -> dict[str, Any]:
    """How a release takes effect in the indexes."""
    return {
        "analysis": analysis(pipeline),
        "refresh": pipeline.apply.refresh,
        "keep_old_index_hours": pipeline.apply.keep_old_index_hours,
        "block_writes": pipeline.apply.block_writes,
    }
