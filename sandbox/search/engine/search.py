"""Searching an index with Lucene."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.search.engine.index import Index
from sandbox.search.engine.queries import Clause, Queries
from sandbox.search.errors import Refused, TooManyClauses


@dataclass(frozen=True)
class Hit:
    """A document that a query found."""

    index: str
    identifier: str
    score: float
    source: dict[str, Any]


def search(index: Index, query: Clause, size: int) -> tuple[int, list[Hit]]:
    """Count all documents that a query finds and give the best of them.

    Raises:
        Refused: the query cannot be made or run.
    """
    made = _query(index, query)
    with index.searcher() as searcher:
        total = int(searcher.count(made))
        if not size or not total:
            return total, []
        return total, list(_hits(index, searcher, searcher.search(made, size)))


def every(index: Index, query: Clause) -> list[Hit]:
    """Give all documents that a query finds, as searches see them now."""
    made = _query(index, query)
    with index.searcher() as searcher:
        return list(_hits(index, searcher, searcher.search(made, max(1, searcher.getIndexReader().maxDoc()))))


def _hits(index: Index, searcher: Any, found: Any) -> Iterator[Hit]:
    for each in found.scoreDocs:
        document = searcher.doc(each.doc)
        source = json.loads(str(document.get("_source")))
        yield Hit(index.name, str(document.get("_id")), float(each.score), source)


def _query(index: Index, query: Clause) -> Any:
    try:
        return Queries(index).build(query)
    except TooManyClauses as cause:
        details = {"index": index.name, "index_uuid": index.uuid}
        reason = f"failed to create query: {cause.reason}"
        refused = Refused(400, "query_shard_exception", reason, cause, **details)
        raise Refused(400, "search_phase_execution_exception", "all shards failed", refused) from None
