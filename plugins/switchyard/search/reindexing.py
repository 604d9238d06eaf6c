"""Requests that index the documents of one index again into another, and move an alias there.

Nothing is closed, so that searches are answered throughout; the alias moves in one request, so that there is no
moment with both indexes or neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from switchyard.aws.error_table import Disposition, disposition
from switchyard.errors import StepFailed
from switchyard.search.client import SearchClient
from switchyard.search.index_body import META
from switchyard.search.indexes import Index, path_of

_SAMPLE = 20
_OF_THE_OLD = (
    "blocks",
    "creation_date",
    "history",
    "number_of_replicas",
    "provided_name",
    "refresh_interval",
    "resize",
    "routing",
    "uuid",
    "version",
)
"""Settings that belong to one index, or that wait until the documents are there."""
_HEALTH = ("red", "yellow", "green")


def successor_body(old: Index, meta: Mapping[str, Any]) -> dict[str, Any]:
    """The request that creates an index like another, quick to fill: without replicas and without refreshing."""
    settings = {name: value for name, value in old.settings.items() if name not in _OF_THE_OLD}
    own_meta = {**old.mappings.get("_meta", {}), META: dict(meta)}
    return {
        "settings": {"index": {**settings, "number_of_replicas": 0, "refresh_interval": "-1"}},
        "mappings": {**old.mappings, "_meta": own_meta},
    }


def block_writes(client: SearchClient, index: Index, block: bool) -> None:
    """Refuse writes to an index, or take them again; copying does not follow what is written meanwhile."""
    setting = {"index.blocks.write": True if block else None}
    client.write("PUT", path_of(index.name, "_settings"), setting)


def is_blocked(index: Index) -> bool:
    """Whether an index refuses writes."""
    return str(index.settings.get("blocks", {}).get("write", "false")).lower() == "true"


def start_copying(client: SearchClient, old: str, new: str) -> str:
    """Begin to copy the documents that the new index does not have; the id of the domain's task.

    Harmless to repeat: what is there already is passed over.
    """
    body = {"conflicts": "proceed", "source": {"index": old}, "dest": {"index": new, "op_type": "create"}}
    answer = client.write("POST", "/_reindex?wait_for_completion=false&slices=auto", body)
    return str(answer.get("task", ""))


def copying_progress(client: SearchClient, task: str) -> tuple[bool, str] | None:
    """Whether a task has ended, and how far it is; None where the domain does not know the task any more.

    Raises:
        StepFailed: it ended with an error, or left documents out.
    """
    try:
        answer = client.read(path_of("_tasks", task))
    except ClientError as error:
        if disposition(error) is Disposition.ABSENT:
            return None
        raise
    status = answer.get("task", {}).get("status", {})
    done = status.get("created", 0) + status.get("version_conflicts", 0)
    if not answer.get("completed"):
        return False, f"{done} of {status.get('total', '?')} documents"
    problem = answer.get("error") or answer.get("response", {}).get("failures")
    if problem:
        raise StepFailed(
            f"task {task}, which copies documents",
            f"it failed: {str(problem)[:500]}",
            "Correct what the domain names, then clear the task: it goes on with the documents that are missing",
        )
    return True, f"{done} documents"


def put_into_service(client: SearchClient, new: Index, like: Index) -> None:
    """Make copied documents searchable, and give an index the replicas and the refreshing of another."""
    client.write("POST", path_of(new.name, "_refresh"))
    settings = {
        f"index.{name}": like.settings.get(name) for name in ("number_of_replicas", "refresh_interval")
    }
    client.write("PUT", path_of(new.name, "_settings"), settings)


def is_as_healthy(client: SearchClient, new: Index, like: Index) -> bool:
    """Whether an index has its replicas as far as another has them."""
    own, other = (_health(client, index) for index in (new, like))
    return own >= other


def _health(client: SearchClient, index: Index) -> int:
    status = client.read(path_of("_cluster", "health", index.name))["status"]
    return _HEALTH.index(status)


def require_same_documents(client: SearchClient, old: Index, new: Index) -> None:
    """Compare two indexes by the number of documents and a sample of their ids.

    Raises:
        StepFailed: they differ.
    """
    counts = [int(client.read(path_of(index.name, "_count"))["count"]) for index in (old, new)]
    found = f"{old.name} has {counts[0]} documents and {new.name} {counts[1]}"
    if counts[0] == counts[1]:
        sample = _ids(client, old, {"match_all": {}})
        missing = sample - _ids(client, new, {"ids": {"values": sorted(sample)}})
        if not missing:
            return
        found = f"{new.name} lacks documents of {old.name}: {', '.join(sorted(missing)[:5])}"
    raise StepFailed(
        f"copying {old.name} to {new.name}",
        found,
        f"Stop what writes past the alias, delete {new.name}, then clear the task: it copies again",
    )


def _ids(client: SearchClient, index: Index, query: Mapping[str, Any]) -> set[str]:
    body = {"size": _SAMPLE, "_source": False, "query": query}
    answer = client.read(path_of(index.name, "_search"), body)
    return {hit["_id"] for hit in answer["hits"]["hits"]}


def move_alias(client: SearchClient, alias: str, *, old: str, new: str) -> None:
    """Let an alias lead from one index to another, in one step."""
    actions = [
        {"remove": {"index": old, "alias": alias, "must_exist": True}},
        {"add": {"index": new, "alias": alias, "is_write_index": True}},
    ]
    client.write("POST", "/_aliases", {"actions": actions})


def delete_index(client: SearchClient, index: Index) -> None:
    """Delete an index by its own name."""
    client.write("DELETE", path_of(index.name))
