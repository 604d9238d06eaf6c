"""What an index must be like so that the synonyms of a package take effect in it, and the request that makes one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

Use = Literal["search_time", "index_time"]
"""Whether queries are expanded, which a new file changes at once, or documents, which must be indexed again."""

SYNONYM_FILTER = "synonyms"
WITH_SYNONYMS = "with_synonyms"
WITHOUT_SYNONYMS = "without_synonyms"
META = "switchyard"
"""Key in the mapping's `_meta` under which the pipeline says what it made."""


def index_body(
    *,
    fields: Sequence[str],
    use: Use,
    tokenizer: str,
    filters: Sequence[Any],
    reference_path: str,
    alias: str | None,
    meta: Mapping[str, Any],
) -> dict[str, Any]:
    """The request that creates an index whose fields look up a package's synonyms.

    Graph synonyms come after the declared analysis, so that multi-word terms stay phrases and case does not matter;
    documents and queries are analyzed alike but for them.

    Args:
        fields: text fields; a dot leads into an object.
        use: where the synonyms are looked up.
        tokenizer: name of the tokenizer.
        filters: filters before the synonyms: names, or ``{"stop": [words]}``.
        reference_path: the package's path on the domain, e.g. "analyzers/F123456789".
        alias: a name besides its own that leads to it, and by which it is written to.
        meta: what is written down with the index about its origin.
    """
    own, names = _filters(filters)
    synonyms: dict[str, Any] = {"type": "synonym_graph", "synonyms_path": reference_path}
    after = [SYNONYM_FILTER]
    if use == "search_time":
        # Lenient, since every file is checked before it is published: one that somebody publishes past the checks
        # must not keep the index from opening when a node restarts.
        synonyms |= {"updateable": True, "lenient": True}
    else:
        after.append("flatten_graph")  # an index cannot hold a graph
    analyzers = {
        WITH_SYNONYMS: {"type": "custom", "tokenizer": tokenizer, "filter": [*names, *after]},
        WITHOUT_SYNONYMS: {"type": "custom", "tokenizer": tokenizer, "filter": names},
    }
    for_documents, for_queries = (
        (WITHOUT_SYNONYMS, WITH_SYNONYMS) if use == "search_time" else (WITH_SYNONYMS, WITHOUT_SYNONYMS)
    )
    field = {"type": "text", "analyzer": for_documents, "search_analyzer": for_queries}
    return {
        "settings": {
            "index": {"analysis": {"filter": own | {SYNONYM_FILTER: synonyms}, "analyzer": analyzers}}
        },
        "mappings": {"_meta": {META: dict(meta)}, "properties": _properties(fields, field)},
        "aliases": {alias: {"is_write_index": True}} if alias else {},
    }


def _filters(declared: Sequence[Any]) -> tuple[dict[str, Any], list[str]]:
    """Filters that the index must define itself, and the names of all in order."""
    own: dict[str, Any] = {}
    names = []
    for number, one in enumerate(declared):
        name = one
        if isinstance(one, Mapping):
            name = f"stop_{number}"
            own[name] = {"type": "stop", "stopwords": list(one["stop"])}
        names.append(name)
    return own, names


def _properties(fields: Sequence[str], field: Mapping[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for path in fields:
        *parents, name = path.split(".")
        inside = properties
        for parent in parents:
            inside = inside.setdefault(parent, {"properties": {}})["properties"]
        inside[name] = dict(field)
    return properties
