"""Documents: written, read and deleted, one by one, in bulk and from index to index."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from sandbox.search.engine.writes import Reindexed, Written, check_reindex, delete, put, reindex, update
from sandbox.search.errors import IllegalArgument, Refused
from sandbox.search.rest.calls import Call, Domain, Reply, Route

_OPERATIONS = frozenset({"index", "create", "delete", "update"})


def write(domain: Domain, call: Call) -> Reply:
    """PUT and POST /{index}/_doc/{id}, and POST /{index}/_doc."""
    create = call.params.get("op_type") == "create"
    written = put(domain.cluster, call.index, call.names.get("id"), call.json(), create=create)
    return _reply(domain, call, written)


def create(domain: Domain, call: Call) -> Reply:
    """PUT and POST /{index}/_create/{id}."""
    return _reply(domain, call, put(domain.cluster, call.index, call.names["id"], call.json(), create=True))


def remove(domain: Domain, call: Call) -> Reply:
    """DELETE /{index}/_doc/{id}."""
    return _reply(domain, call, delete(domain.cluster, call.index, call.names["id"]))


def change(domain: Domain, call: Call) -> Reply:
    """POST /{index}/_update/{id}."""
    return _reply(domain, call, update(domain.cluster, call.index, call.names["id"], call.json()))


def read(domain: Domain, call: Call) -> Reply:
    """GET /{index}/_doc/{id}, which sees what searches do not see yet, and HEAD."""
    index, identifier = domain.cluster.one(call.index), call.names["id"]
    found = index.documents.get(identifier)
    if found is None:
        return Reply({"_index": index.name, "_id": identifier, "found": False}, 404)
    numbers = {"_version": found.version, "_seq_no": found.number, "_primary_term": 1}
    return Reply({"_index": index.name, "_id": identifier, **numbers, "found": True, "_source": found.source})


def bulk(domain: Domain, call: Call) -> Reply:
    """POST /_bulk and /{index}/_bulk."""
    started = time.monotonic()
    items, touched = [], {}
    for operation, target, source in _operations(call):
        name, identifier = target.get("_index", call.index), target.get("_id")
        if not name:
            raise IllegalArgument("Validation Failed: 1: index is missing;")
        try:
            written = _do(domain, operation, name, identifier, source)
        except Refused as problem:
            failed = {
                "_index": name,
                "_id": identifier,
                "status": problem.status,
                "error": problem.as_reason(),
            }
            items.append({operation: failed})
            continue
        touched[written.index.name] = written.index
        items.append({operation: {**_told(domain, written), "status": written.status}})
    if _wants_refresh(call):
        for index in touched.values():
            index.refresh()
    errors = any("error" in item for each in items for item in each.values())
    return Reply({"took": _took(started), "errors": errors, "items": items})


def _do(domain: Domain, operation: str, name: str, identifier: Any, source: Any) -> Written:
    chosen = None if identifier is None else str(identifier)
    if operation in {"index", "create"}:
        return put(domain.cluster, name, chosen, source, create=operation == "create")
    if chosen is None:
        raise IllegalArgument(f"an id must be provided if version type or value are set for [{operation}]")
    if operation == "delete":
        return delete(domain.cluster, name, chosen)
    return update(domain.cluster, name, chosen, source)


def _operations(call: Call) -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Read lines of JSON: an action, then its document, where the action has one."""
    if not call.body.endswith(b"\n"):
        raise IllegalArgument("The bulk request must be terminated by a newline [\\n]")
    lines = iter([line for line in call.body.split(b"\n") if line.strip()])
    for number, line in enumerate(lines, start=1):
        action = _object(line, number)
        operation = next(iter(action), "")
        if operation not in _OPERATIONS or len(action) != 1:
            reason = (
                f"Malformed action/metadata line [{number}], expected one of [create, delete, index, update]"
            )
            raise IllegalArgument(f"{reason} but found [{operation}]")
        source = None
        if operation != "delete":
            source = _object(next(lines, b""), number + 1)
        yield operation, action[operation], source


def _object(line: bytes, number: int) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        raise IllegalArgument(f"Malformed action/metadata line [{number}], expected START_OBJECT") from None


def copy(domain: Domain, call: Call) -> Reply:
    """POST /_reindex, at once or as a task."""
    body, progress, started = call.json(), Reindexed(), time.monotonic()
    check_reindex(domain.cluster, body)

    def status() -> dict[str, Any]:
        return _progress(progress)

    def work() -> dict[str, Any]:
        reindex(domain.cluster, body, progress)
        if call.flag("refresh"):
            domain.cluster.one(body["dest"]["index"]).refresh()
        return {"took": _took(started), "timed_out": False, **status(), "failures": progress.failures}

    if call.flag("wait_for_completion", default=True):
        done = work()
        return Reply(done, done["failures"][0]["status"] if done["failures"] else 200)
    description = f"reindex from [{body['source']['index']}] to [{body['dest']['index']}]"
    task = domain.tasks.start(work, "indices:data/write/reindex", description, status)
    return Reply({"task": task.identifier})


def show_task(domain: Domain, call: Call) -> Reply:
    """GET /_tasks/{task}."""
    task = domain.tasks.get(call.names["task"])
    node, _, number = task.identifier.rpartition(":")
    outcome = task.outcome
    described = {
        "node": node,
        "id": int(number),
        "type": "transport",
        "action": task.action,
        "status": task.status(),
        "description": task.description,
        "start_time_in_millis": int(task.started_at * 1000),
        "cancellable": True,
        "cancelled": False,
        "headers": {},
    }
    return Reply({"completed": outcome is not None, "task": described, **(outcome or {})})


def _progress(progress: Reindexed) -> dict[str, Any]:
    counts = asdict(progress)
    return {
        "total": counts["total"],
        "updated": counts["updated"],
        "created": counts["created"],
        "deleted": 0,
        "batches": 1,
        "version_conflicts": counts["conflicts"],
        "noops": 0,
        "retries": {"bulk": 0, "search": 0},
        "throttled_millis": 0,
        "requests_per_second": -1.0,
        "throttled_until_millis": 0,
    }


def _reply(domain: Domain, call: Call, written: Written) -> Reply:
    if _wants_refresh(call):
        written.index.refresh()
    return Reply(_told(domain, written), written.status)


def _told(domain: Domain, written: Written) -> dict[str, Any]:
    total, placed = domain.cluster.copies(written.index)
    shards = written.index.shards
    return {
        "_index": written.index.name,
        "_id": written.identifier,
        "_version": written.document.version,
        "result": written.result,
        "_shards": {"total": total // shards, "successful": placed // shards, "failed": 0},
        "_seq_no": written.document.number,
        "_primary_term": 1,
    }


def _wants_refresh(call: Call) -> bool:
    return call.params.get("refresh", "false") in {"", "true", "wait_for"}


def _took(started: float) -> int:
    return int((time.monotonic() - started) * 1000)


_WRITE = frozenset({"refresh", "op_type", "wait_for_active_shards"})
ROUTES = (
    Route(["POST"], "{index}/_doc", write, _WRITE),
    Route(["PUT", "POST"], "{index}/_doc/{id}", write, _WRITE),
    Route(["GET", "HEAD"], "{index}/_doc/{id}", read, frozenset({"realtime", "preference"})),
    Route(["DELETE"], "{index}/_doc/{id}", remove, _WRITE),
    Route(["PUT", "POST"], "{index}/_create/{id}", create, _WRITE),
    Route(["POST"], "{index}/_update/{id}", change, _WRITE),
    Route(["POST", "PUT"], "_bulk", bulk, _WRITE),
    Route(["POST", "PUT"], "{index}/_bulk", bulk, _WRITE),
    Route(
        ["POST"],
        "_reindex",
        copy,
        frozenset(
            {"wait_for_completion", "slices", "refresh", "requests_per_second", "wait_for_active_shards"}
        ),
    ),
    Route(["GET"], "_tasks/{task}", show_task, frozenset({"wait_for_completion"})),
)
