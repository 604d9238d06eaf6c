"""Domains as they are configured, and clients of their own interface for a step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from switchyard.errors import StepFailed
from switchyard.operators.base import AwsOperator
from switchyard.operators.synonyms.index_analysis import require_use, synonym_use
from switchyard.search.client import SearchClient
from switchyard.search.connections import search_client
from switchyard.search.indexes import Index, find_index


def search_client_of(step: AwsOperator, domain: Mapping[str, Any]) -> SearchClient:
    """A client of a domain's own interface, in the step's account and Region; in a dry run it only plans."""
    return search_client(
        step.client("opensearch"),
        domain_name=domain["name"],
        aws_conn_id=step.aws_conn_id,
        account_id=step.account_id,
        region_name=step.region_name,
        search_conn_id=domain.get("search_conn_id"),
        planned=step.planned if step.dry_run else None,
    )


def searched(index: Mapping[str, Any]) -> str:
    """What applications search of a configured index: its alias where it has one."""
    return str(index.get("alias") or index["name"])


def require_found(client: SearchClient, name: str) -> Index:
    """The index that a name or alias leads to.

    Raises:
        StepFailed: there is none, or an alias leads to several.
    """
    index = find_index(client, name)
    if index is None:
        raise StepFailed(
            f"index {name}",
            "there is no such index or alias",
            "Run synonym_bootstrap of this pipeline, or correct the index in its configuration",
        )
    return index


def require_synonyms(
    found: Index, configured: Mapping[str, Any], *, analysis: Mapping[str, Any], reference_path: str
) -> list[str]:
    """Refuse an index that would not show a release in every configured field; what is allowed but regretted.

    Raises:
        BadInput: a field is missing, or its synonyms are not those of the package, or analyzed otherwise.
    """
    use = str(configured.get("use", "search_time"))
    regrets: list[str] = []
    for field in configured["fields"]:
        synonyms = synonym_use(found.name, {"index": found.settings}, found.mappings, field, use)
        regrets += require_use(synonyms, use=use, reference_path=reference_path, analysis=analysis)
    return regrets
