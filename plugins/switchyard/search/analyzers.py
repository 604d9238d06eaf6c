"""Search analyzers, read anew by a domain on request."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from switchyard.errors import StepFailed
from switchyard.search.client import SearchClient
from switchyard.search.indexes import Index, path_of

_PLUGIN, _OLD_PLUGIN = "_plugins", "_opendistro"
_UNKNOWN = "no handler found"


def refresh_analyzers(client: SearchClient, index: Index) -> None:
    """Let an index read its updateable synonyms again, on every shard.

    Raises:
        StepFailed: a shard kept its old rules; the domain answers 200 to that too.
    """
    answer = _ask(client, index.name)
    if client.plans:
        return
    shards = answer.get("_shards", {})
    done = {one["index"] for one in answer.get("successful_refresh_details", [])}
    if shards.get("failed") != 0 or index.name not in done:
        raise StepFailed(
            f"refreshing the search analyzers of {index.name}",
            f"{shards.get('failed')} of {shards.get('total')} shards failed{_reasons(shards)}; "
            f"refreshed were {', '.join(sorted(done)) or 'no indexes'}",
            "The old rules go on serving there. Look for the reason in the domain's error log, then clear the task",
        )


def _ask(client: SearchClient, index: str) -> Any:
    try:
        return client.write("POST", path_of(_PLUGIN, "_refresh_search_analyzers", index))
    except ClientError as error:
        if _UNKNOWN not in str(error):
            raise
    # The name under which Elasticsearch 7.8 to 7.10 has the same.
    return client.write("POST", path_of(_OLD_PLUGIN, "_refresh_search_analyzers", index))


def _reasons(shards: dict[str, Any]) -> str:
    reasons = {str(one.get("reason", {}).get("reason", one)) for one in shards.get("failures", [])}
    return f" ({'; '.join(sorted(reasons))})" if reasons else ""
