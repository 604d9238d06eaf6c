"""Indexes: made, shown, changed, closed, opened and deleted."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from sandbox.search.engine import settings as names
from sandbox.search.engine.index import Index, seconds
from sandbox.search.errors import IllegalArgument, MappingRefused, Refused
from sandbox.search.rest.calls import INDEXES, Call, Domain, Reply, Route

VERSION = "136388027"
"""How indexes of OpenSearch 2.17 name their version."""

_PARTS = frozenset({"settings", "mappings", "aliases"})


def create(domain: Domain, call: Call) -> Reply:
    """PUT /{index}."""
    body = call.json()
    unknown = sorted(set(body) - _PARTS)
    if unknown:
        raise Refused(400, "parse_exception", f"unknown key [{unknown[0]}] for create index")
    made = domain.cluster.create(
        call.index, body.get("settings", {}), body.get("mappings", {}), body.get("aliases", {})
    )
    return Reply({"acknowledged": True, "shards_acknowledged": True, "index": made.name})


def delete(domain: Domain, call: Call) -> Reply:
    """DELETE /{index}."""
    domain.cluster.delete(call.index)
    return Reply({"acknowledged": True})


def show(domain: Domain, call: Call) -> Reply:
    """GET /{index}, and HEAD."""
    return Reply(
        {
            index.name: {
                "aliases": domain.cluster.aliases_of(index.name),
                "mappings": index.fields.mapping,
                "settings": _nested(index),
            }
            for index in _all(domain, call)
        }
    )


def show_settings(domain: Domain, call: Call) -> Reply:
    """GET /{index}/_settings, all or those whose names match."""
    wanted = call.names.get("name", "*").split(",")
    found = {}
    for index in _all(domain, call):
        chosen = {
            name: value
            for name, value in _settings(index).items()
            if any(fnmatchcase(name, pattern) for pattern in wanted)
        }
        found[index.name] = {"settings": chosen if call.flag("flat_settings") else names.nest(chosen)}
    return Reply(found)


def change_settings(domain: Domain, call: Call) -> Reply:
    """PUT /{index}/_settings."""
    body = call.json()
    change = names.flatten(body.get("settings", body))
    if not change:
        raise Refused(
            400, "action_request_validation_exception", "Validation Failed: 1: no settings to update;"
        )
    for index in _all(domain, call):
        index.change_settings(change)
    return Reply({"acknowledged": True})


def show_mapping(domain: Domain, call: Call) -> Reply:
    """GET /{index}/_mapping."""
    return Reply({index.name: {"mappings": index.fields.mapping} for index in _all(domain, call)})


def change_mapping(domain: Domain, call: Call) -> Reply:
    """PUT /{index}/_mapping."""
    for index in _all(domain, call):
        try:
            index.add_mapping(call.json())
        except MappingRefused as problem:
            if problem.kind == "mapper_exception":
                raise Refused(500, problem.kind, problem.reason) from None
            raise
    return Reply({"acknowledged": True})


def close(domain: Domain, call: Call) -> Reply:
    """POST /{index}/_close."""
    closed = {index.name: {"closed": True} for index in domain.cluster.close(call.index)}
    return Reply({"acknowledged": True, "shards_acknowledged": True, "indices": closed})


def open_(domain: Domain, call: Call) -> Reply:
    """POST /{index}/_open."""
    domain.cluster.open(call.index)
    return Reply({"acknowledged": True, "shards_acknowledged": True})


def refresh(domain: Domain, call: Call) -> Reply:
    """POST /_refresh and /{index}/_refresh."""
    found = domain.cluster.find(call.index, lenient=call.flag("ignore_unavailable"))
    for index in found:
        index.refresh()
    return Reply({"_shards": copies(domain, found)})


def refresh_search_analyzers(domain: Domain, call: Call) -> Reply:
    """POST /_plugins/_refresh_search_analyzers/{index}, which answers 200 even where shards fail."""
    return Reply(reload_analyzers(domain, domain.cluster.find(call.index)))


def reload_analyzers(domain: Domain, indexes: Iterable[Index]) -> dict[str, Any]:
    """Read the rules of `updateable` filters of indexes again, each for itself."""
    shards: dict[str, Any] = {"total": 0, "successful": 0, "failed": 0}
    failures, details = [], []
    for index in indexes:
        total, placed = domain.cluster.copies(index)
        shards["total"] += total
        try:
            analyzers = index.reload()
        except IllegalArgument as problem:
            shards["failed"] += placed
            failures += [
                {"shard": shard, "index": index.name, "status": "BAD_REQUEST", "reason": problem.as_reason()}
                for shard in range(index.shards)
            ]
            continue
        shards["successful"] += placed
        details.append({"index": index.name, "refreshed_analyzers": analyzers})
    if failures:
        shards["failures"] = failures
    return {"_shards": shards, "successful_refresh_details": details}


def copies(domain: Domain, indexes: Iterable[Index]) -> dict[str, int]:
    """Count shard copies, those without a place included, as broadcasts do."""
    counts = [domain.cluster.copies(index) for index in indexes]
    return {
        "total": sum(total for total, _ in counts),
        "successful": sum(placed for _, placed in counts),
        "failed": 0,
    }


def _all(domain: Domain, call: Call) -> list[Index]:
    return domain.cluster.find(call.index, closed=True, lenient=call.flag("ignore_unavailable"))


def _settings(index: Index) -> names.Flat:
    own = {
        "index.uuid": index.uuid,
        "index.provided_name": index.name,
        "index.version.created": VERSION,
        "index.creation_date": str(int(index.created_at * 1000)),
    }
    return {**index.settings, **own}


def _nested(index: Index) -> Mapping[str, Any]:
    return names.nest(_settings(index))


def health(domain: Domain, call: Call) -> Reply:
    """GET /_cluster/health, which waits for a status where it is asked to."""
    wanted = call.params.get("wait_for_status", "red")
    deadline = time.monotonic() + seconds(call.params.get("timeout", "30s"))
    while True:
        found = domain.cluster.find(call.index, closed=True)
        status = max((domain.cluster.health(index) for index in found), default="green")
        if status == "green" or wanted != "green":
            return Reply(_health(domain, found, status))
        if time.monotonic() > deadline:
            return Reply({**_health(domain, found, status), "timed_out": True}, 408)
        time.sleep(0.02)


def _health(domain: Domain, indexes: Iterable[Index], status: str) -> dict[str, Any]:
    shards = copies(domain, indexes)
    nodes = domain.cluster.data_nodes
    return {
        "cluster_name": domain.cluster.name,
        "status": status,
        "timed_out": False,
        "number_of_nodes": nodes,
        "number_of_data_nodes": nodes,
        "active_primary_shards": sum(index.shards for index in indexes),
        "active_shards": shards["successful"],
        "relocating_shards": 0,
        "initializing_shards": 0,
        "unassigned_shards": shards["total"] - shards["successful"],
    }


_FLAT = INDEXES | {"flat_settings", "include_defaults", "local"}
_REFRESH_ANALYZERS = "_refresh_search_analyzers/{index}"
ROUTES = (
    Route(["PUT"], "{index}", create, frozenset({"wait_for_active_shards"})),
    Route(["DELETE"], "{index}", delete, INDEXES),
    Route(["GET", "HEAD"], "{index}", show, _FLAT),
    Route(["GET"], "{index}/_settings", show_settings, _FLAT),
    Route(["GET"], "{index}/_settings/{name}", show_settings, _FLAT),
    Route(["PUT"], "{index}/_settings", change_settings, INDEXES | {"preserve_existing"}),
    Route(["GET"], "{index}/_mapping", show_mapping, INDEXES),
    Route(["PUT", "POST"], "{index}/_mapping", change_mapping, INDEXES),
    Route(["POST"], "{index}/_close", close, INDEXES),
    Route(["POST"], "{index}/_open", open_, INDEXES),
    Route(["GET", "POST"], "_refresh", refresh, INDEXES),
    Route(["GET", "POST"], "{index}/_refresh", refresh, INDEXES),
    Route(["POST"], f"_plugins/{_REFRESH_ANALYZERS}", refresh_search_analyzers),
    Route(["POST"], f"_opendistro/{_REFRESH_ANALYZERS}", refresh_search_analyzers),
    Route(["GET"], "_cluster/health", health, INDEXES | {"wait_for_status", "level"}),
    Route(["GET"], "_cluster/health/{index}", health, INDEXES | {"wait_for_status", "level"}),
)
