"""Aliases, changed all at once, and lists of what there is."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from sandbox.search.errors import IllegalArgument
from sandbox.search.rest.calls import INDEXES, Call, Domain, Reply, Route

OPENSEARCH = "2.17.0"


def change(domain: Domain, call: Call) -> Reply:
    """POST /_aliases."""
    actions = call.json().get("actions")
    if not actions:
        raise IllegalArgument("No action specified")
    domain.cluster.change_aliases(actions)
    return Reply({"acknowledged": True})


def put(domain: Domain, call: Call) -> Reply:
    """PUT /{index}/_alias/{name}."""
    add = {"index": call.index, "alias": call.names["name"], **call.json()}
    domain.cluster.change_aliases([{"add": add}])
    return Reply({"acknowledged": True})


def delete(domain: Domain, call: Call) -> Reply:
    """DELETE /{index}/_alias/{name}."""
    remove = {"index": call.index, "alias": call.names["name"], "must_exist": True}
    domain.cluster.change_aliases([{"remove": remove}])
    return Reply({"acknowledged": True})


def show(domain: Domain, call: Call) -> Reply:
    """GET /_alias, /_alias/{name}, /{index}/_alias and /{index}/_alias/{name}, and HEAD."""
    name = call.names.get("name")
    wanted = name.split(",") if name else ["*"]
    found: dict[str, Any] = {}
    for index in domain.cluster.find(call.index, closed=True):
        aliases = {
            alias: options
            for alias, options in domain.cluster.aliases_of(index.name).items()
            if any(fnmatchcase(alias, pattern) for pattern in wanted)
        }
        if aliases or not name:
            found[index.name] = {"aliases": aliases}
    if name and "*" not in name and not found:
        return Reply({"error": f"alias [{name}] missing", "status": 404}, 404)
    return Reply(found)


def cat_indices(domain: Domain, call: Call) -> Reply:
    """GET /_cat/indices, as a table or as JSON."""
    rows = [_row(domain, index) for index in domain.cluster.find(call.index, closed=True)]
    if call.params.get("format") == "json":
        return Reply(rows)
    return Reply("".join(" ".join(value or "" for value in row.values()) + "\n" for row in rows))


def _row(domain: Domain, index: Any) -> dict[str, str | None]:
    count = None if index.closed else str(index.visible())
    return {
        "health": domain.cluster.health(index),
        "status": "close" if index.closed else "open",
        "index": index.name,
        "uuid": index.uuid,
        "pri": str(index.shards),
        "rep": str(index.replicas),
        "docs.count": count,
        "docs.deleted": None if index.closed else "0",
        "store.size": None if index.closed else "0b",
        "pri.store.size": None if index.closed else "0b",
    }


def about(domain: Domain, _: Call) -> Reply:
    """GET /."""
    return Reply(
        {
            "name": domain.cluster.node,
            "cluster_name": domain.cluster.name,
            "cluster_uuid": domain.cluster.node,
            "version": {
                "distribution": "opensearch",
                "number": OPENSEARCH,
                "lucene_version": domain.cluster.lucene_version,
                "minimum_wire_compatibility_version": "7.10.0",
                "minimum_index_compatibility_version": "7.0.0",
            },
            "tagline": "The OpenSearch Project: https://opensearch.org/",
        }
    )


ROUTES = (
    Route(["GET", "HEAD"], "", about),
    Route(["POST"], "_aliases", change),
    Route(["GET", "HEAD"], "_alias", show, INDEXES),
    Route(["GET", "HEAD"], "_alias/{name}", show, INDEXES),
    Route(["GET", "HEAD"], "{index}/_alias", show, INDEXES),
    Route(["GET", "HEAD"], "{index}/_alias/{name}", show, INDEXES),
    Route(["PUT", "POST"], "{index}/_alias/{name}", put),
    Route(["DELETE"], "{index}/_alias/{name}", delete),
    Route(["GET"], "_cat/indices", cat_indices, INDEXES | {"format", "health"}),
    Route(["GET"], "_cat/indices/{index}", cat_indices, INDEXES | {"format", "health"}),
)
