"""Searches, counts, and what analyzers make of a text."""

from __future__ import annotations

import time
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from sandbox.search.engine.analysis import Analysis, NamedAnalyzer
from sandbox.search.engine.index import Index
from sandbox.search.engine.mapping import index_analyzer
from sandbox.search.engine.search import Hit
from sandbox.search.engine.search import search as search_one
from sandbox.search.engine.tokens import tokens
from sandbox.search.errors import IllegalArgument, QueryRefused, Refused
from sandbox.search.rest.calls import INDEXES, Call, Domain, Reply, Route

DEFAULT_SIZE = 10
COUNTED = 10_000
MAX_TOKENS = 10_000
_KNOWN = frozenset({"query", "size", "from", "_source", "track_total_hits"})
_MATCH_ALL: Mapping[str, Any] = {"match_all": {}}


def search(domain: Domain, call: Call) -> Reply:
    """GET and POST /_search and /{index}/_search."""
    started = time.monotonic()
    body = call.json()
    unknown = sorted(set(body) - _KNOWN)
    if unknown:
        raise QueryRefused(f"unknown key [{unknown[0]}] in the search")
    first = _number(call, body, "from", 0)
    size = _number(call, body, "size", DEFAULT_SIZE)
    found = domain.cluster.find(call.index, lenient=call.flag("ignore_unavailable"))
    total, hits = _best(found, body.get("query", _MATCH_ALL), first + size)
    page = hits[first : first + size]
    wanted = _wanted(call, body)
    return Reply(
        {
            "took": int((time.monotonic() - started) * 1000),
            "timed_out": False,
            "_shards": _shards(found),
            "hits": {
                "total": _total(total, body.get("track_total_hits", COUNTED)),
                "max_score": hits[0].score if hits else None,
                "hits": [_shown(hit, wanted) for hit in page],
            },
        }
    )


def _best(indexes: list[Index], query: Mapping[str, Any], size: int) -> tuple[int, list[Hit]]:
    total, hits = 0, []
    for index in indexes:
        _check_window(index, size)
        counted, best = search_one(index, query, size)
        total += counted
        hits += best
    return total, sorted(hits, key=lambda hit: -hit.score)


def count(domain: Domain, call: Call) -> Reply:
    """GET and POST /_count and /{index}/_count."""
    body = call.json()
    unknown = sorted(set(body) - {"query"})
    if unknown:
        raise QueryRefused(f"request does not support [{unknown[0]}]")
    found = domain.cluster.find(call.index, lenient=call.flag("ignore_unavailable"))
    counted = sum(search_one(index, body.get("query", _MATCH_ALL), 0)[0] for index in found)
    return Reply({"count": counted, "_shards": _shards(found)})


def analyze(domain: Domain, call: Call) -> Reply:
    """GET and POST /_analyze and /{index}/_analyze."""
    body = call.json()
    index = domain.cluster.one(call.index) if call.index else None
    texts = body.get("text")
    if not texts:
        raise Refused(400, "action_request_validation_exception", "Validation Failed: 1: text is missing;")
    chosen = _analyzer(domain, index, body)
    found = tokens(chosen.lucene, texts if isinstance(texts, list) else [texts], MAX_TOKENS)
    return Reply({"tokens": found})


def _analyzer(domain: Domain, index: Index | None, body: Mapping[str, Any]) -> NamedAnalyzer:
    analysis = index.analysis if index else Analysis({}, domain.cluster.config)
    if "tokenizer" in body or "filter" in body:
        return analysis.transient(body.get("tokenizer", "keyword"), body.get("filter", []))
    if name := body.get("analyzer"):
        found = analysis.get(name)
        if found is None:
            where = f"index [{index.name}] " if index else ""
            raise IllegalArgument(f"failed to find {'' if index else 'global '}analyzer {where}[{name}]")
        return found
    if "field" in body and index is None:
        raise IllegalArgument("analysis based on a specific field requires an index")
    field = index.fields.get(body.get("field", "")) if index else None
    return index_analyzer(field, analysis)


def _number(call: Call, body: Mapping[str, Any], name: str, default: int) -> int:
    value = call.params.get(name, body.get(name, default))
    if not str(value).lstrip("-").isdigit() or int(value) < 0:
        raise IllegalArgument(f"[{name}] parameter cannot be negative, found [{value}]")
    return int(value)


def _check_window(index: Index, end: int) -> None:
    if end > index.max_result_window:
        reason = (
            f"Result window is too large, from + size must be less than or equal to: [{index.max_result_window}] "
            f"but was [{end}]."
        )
        cause = IllegalArgument(reason)
        raise Refused(400, "search_phase_execution_exception", "all shards failed", cause)


def _shards(indexes: list[Index]) -> dict[str, int]:
    total = sum(index.shards for index in indexes)
    return {"total": total, "successful": total, "skipped": 0, "failed": 0}


def _total(total: int, tracked: Any) -> dict[str, Any]:
    most = total if tracked is True else int(tracked)
    return {"value": min(total, most), "relation": "eq" if total <= most else "gte"}


def _wanted(call: Call, body: Mapping[str, Any]) -> Any:
    """Tell which fields of documents are shown: a boolean, patterns, or patterns to show and to hide."""
    text = call.params.get("_source")
    if text is None:
        return body.get("_source", True)
    return text == "true" if text in {"true", "false"} else text.split(",")


def _shown(hit: Hit, wanted: Any) -> dict[str, Any]:
    shown: dict[str, Any] = {"_index": hit.index, "_id": hit.identifier, "_score": hit.score}
    if wanted is False:
        return shown
    return {**shown, "_source": hit.source if wanted is True else _chosen(hit.source, wanted)}


def _chosen(source: Mapping[str, Any], wanted: Any) -> dict[str, Any]:
    options = wanted if isinstance(wanted, Mapping) else {"includes": wanted}
    includes, excludes = (_patterns(options.get(name)) for name in ("includes", "excludes"))
    return {
        name: value
        for name, value in source.items()
        if (not includes or any(fnmatchcase(name, each) for each in includes))
        and not any(fnmatchcase(name, each) for each in excludes)
    }


def _patterns(value: Any) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)


_SEARCH = INDEXES | {"size", "from", "_source", "preference", "request_cache", "routing", "search_type"}
ROUTES = (
    Route(["GET", "POST"], "_search", search, _SEARCH),
    Route(["GET", "POST"], "{index}/_search", search, _SEARCH),
    Route(["GET", "POST"], "_count", count, INDEXES),
    Route(["GET", "POST"], "{index}/_count", count, INDEXES),
    Route(["GET", "POST"], "_analyze", analyze, frozenset({"index"})),
    Route(["GET", "POST"], "{index}/_analyze", analyze),
)
