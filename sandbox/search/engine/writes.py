"""Writing documents: one by one, in bulk, and from index to index."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.search.engine.cluster import Cluster
from sandbox.search.engine.index import Document, Index
from sandbox.search.engine.lucene import java
from sandbox.search.engine.search import Hit, every
from sandbox.search.errors import IllegalArgument, MappingRefused, Refused

MAX_ID_BYTES = 512


@dataclass(frozen=True)
class Written:
    """What became of a document."""

    index: Index
    identifier: str
    document: Document
    result: str

    @property
    def status(self) -> int:
        """The HTTP status that tells of it."""
        return {"created": 201, "not_found": 404}.get(self.result, 200)


def put(cluster: Cluster, name: str, identifier: str | None, source: Any, *, create: bool = False) -> Written:
    """Write a document to an index, which is made where there is none.

    Raises:
        Refused: it cannot be written.
    """
    if not isinstance(source, Mapping):
        raise MappingRefused("failed to parse")
    if identifier is not None and len(identifier.encode()) > MAX_ID_BYTES:
        reason = f"id [{identifier}] is too long, must be no longer than 512 bytes but was: {len(identifier.encode())}"
        raise IllegalArgument(reason)
    index = cluster.writable(name)
    chosen = identifier or uuid.uuid4().hex[:20]
    if create and (before := index.documents.get(chosen)):
        raise _conflict(index, chosen, before)
    try:
        document, created = index.write(chosen, dict(source))
    except java("java.lang.IllegalArgumentException") as error:
        raise IllegalArgument(str(error.getMessage())) from None
    return Written(index, chosen, document, "created" if created else "updated")


def delete(cluster: Cluster, name: str, identifier: str) -> Written:
    """Delete a document."""
    index = cluster.writable(name, make=False)
    gone = index.delete(identifier)
    missing = Document({}, 1, 0)
    return Written(index, identifier, gone or missing, "deleted" if gone else "not_found")


def update(cluster: Cluster, name: str, identifier: str, body: Mapping[str, Any]) -> Written:
    """Change some fields of a document, or write it where the caller allows that."""
    index = cluster.writable(name, make=bool(body.get("doc_as_upsert")))
    before = index.documents.get(identifier)
    if before is None and not body.get("doc_as_upsert"):
        raise Refused(404, "document_missing_exception", f"[_doc][{identifier}]: document missing")
    if not isinstance(body.get("doc"), Mapping):
        raise IllegalArgument("the sandbox updates by [doc] only")
    return put(cluster, name, identifier, {**(before.source if before else {}), **body["doc"]})


def _conflict(index: Index, identifier: str, before: Document) -> Refused:
    reason = f"[{identifier}]: version conflict, document already exists (current version [{before.version}])"
    details: dict[str, Any] = {"index": index.name, "shard": "0", "index_uuid": index.uuid}
    return Refused(409, "version_conflict_engine_exception", reason, **details)


@dataclass
class Reindexed:
    """How far copying documents has come."""

    total: int = 0
    created: int = 0
    updated: int = 0
    conflicts: int = 0
    failures: list[dict[str, Any]] = field(default_factory=list)


def check_reindex(cluster: Cluster, body: Mapping[str, Any]) -> None:
    """Refuse a copy that cannot even begin.

    Raises:
        Refused: source or destination is missing, or both are the same.
    """
    unknown = sorted(set(body) - {"source", "dest", "conflicts", "max_docs"})
    if unknown:
        raise IllegalArgument(f"[reindex] unknown field [{unknown[0]}]")
    source, target = body.get("source", {}).get("index"), body.get("dest", {}).get("index")
    if not source or not target:
        raise _invalid("index is missing")
    names = ",".join(source) if isinstance(source, list) else source
    if target in {index.name for index in cluster.find(names)} | set(names.split(",")):
        raise _invalid(f"reindex cannot write into an index its reading from [{target}]")


def reindex(cluster: Cluster, body: Mapping[str, Any], progress: Reindexed) -> None:
    """Copy the documents that searches of the source see."""
    source, target = body["source"], body["dest"]
    names = source["index"]
    found = cluster.find(",".join(names) if isinstance(names, list) else names)
    hits = [hit for index in found for hit in every(index, source.get("query", {"match_all": {}}))]
    hits = hits[: body.get("max_docs")]
    progress.total = len(hits)
    for hit in hits:
        try:
            _copy(cluster, hit, target, progress)
        except Refused as problem:
            conflict = problem.status == 409
            progress.conflicts += conflict
            if conflict and body.get("conflicts") == "proceed":
                continue
            failed = {"cause": problem.as_reason(), "status": problem.status}
            progress.failures.append({"index": target["index"], "id": hit.identifier, **failed})
            return


def _copy(cluster: Cluster, hit: Hit, target: Mapping[str, Any], progress: Reindexed) -> None:
    create = target.get("op_type") == "create"
    written = put(cluster, target["index"], hit.identifier, hit.source, create=create)
    if written.result == "created":
        progress.created += 1
    else:
        progress.updated += 1


def _invalid(problem: str) -> Refused:
    return Refused(400, "action_request_validation_exception", f"Validation Failed: 1: {problem};")
