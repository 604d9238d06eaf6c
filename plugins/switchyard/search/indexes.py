"""Indexes as a domain describes them, and whether a package's synonyms take effect in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from botocore.exceptions import ClientError

from switchyard.aws.error_table import Disposition, disposition
from switchyard.errors import CheckFailed, StepFailed
from switchyard.search.client import SearchClient
from switchyard.search.index_body import META, Use

_GRAPHS = ("synonym", "synonym_graph")


@dataclass(frozen=True)
class Index:
    """One index.

    Attributes:
        name: its own name, also where it was found by an alias.
        aliases: names that lead to it.
        settings: its settings below `index`; values are text.
        mappings: its mappings.
    """

    name: str
    aliases: tuple[str, ...]
    settings: Mapping[str, Any]
    mappings: Mapping[str, Any]

    @property
    def origin(self) -> Mapping[str, Any]:
        """What a pipeline wrote down when it made the index; empty for what others made."""
        found: Mapping[str, Any] = self.mappings.get("_meta", {}).get(META, {})
        return found

    @property
    def analysis(self) -> Mapping[str, Any]:
        """Its analyzers, filters and tokenizers by kind and name."""
        found: Mapping[str, Any] = self.settings.get("analysis", {})
        return found


def path_of(*parts: str) -> str:
    """A request's path from its parts, such as an index and an operation."""
    return "/" + "/".join(quote(part, safe="_-.*,:") for part in parts)


def find_indexes(client: SearchClient, name: str) -> list[Index]:
    """The indexes that a name, an alias or a pattern with `*` leads to."""
    try:
        answer = client.read(path_of(name))
    except ClientError as error:
        if disposition(error) is Disposition.ABSENT:
            return []
        raise
    return [
        Index(
            index,
            tuple(sorted(found.get("aliases", {}))),
            found.get("settings", {}).get("index", {}),
            found.get("mappings", {}),
        )
        for index, found in sorted(answer.items())
    ]


def find_index(client: SearchClient, name: str) -> Index | None:
    """The one index that a name or alias leads to, None where there is none.

    Raises:
        StepFailed: an alias leads to several.
    """
    found = find_indexes(client, name)
    if len(found) > 1:
        raise StepFailed(
            f"index {name}",
            f"it is an alias of {', '.join(one.name for one in found)}",
            "Let the alias lead to one index, the one that applications write to",
        )
    return found[0] if found else None


@dataclass(frozen=True)
class Wanted:
    """What an index must be like.

    Attributes:
        name: what applications search: the index, or its alias.
        fields: fields that must be analyzed with the synonyms.
        use: where the synonyms are looked up.
        reference_path: the package's path on the domain.
        tokenizer: the declared tokenizer.
        filters: the declared filters before the synonyms: names, or ``{"stop": [words]}``.
    """

    name: str
    fields: Sequence[str]
    use: Use
    reference_path: str
    tokenizer: str
    filters: Sequence[Any]


def require_index(index: Index, wanted: Wanted) -> None:
    """Check that the package's synonyms take effect in every field, in the analysis that rules are checked against.

    Raises:
        CheckFailed: they do not; names the first thing that is wrong, and what to do.
    """
    for found, remedy in _faults(index, wanted):
        raise CheckFailed(f"index {wanted.name}", found, remedy)


def _faults(index: Index, wanted: Wanted) -> Iterator[tuple[str, str]]:
    ours = [
        name for name, one in _synonym_filters(index) if one.get("synonyms_path") == wanted.reference_path
    ]
    if not ours:
        paths = sorted(
            {str(one.get("synonyms_path", "rules of its own")) for _, one in _synonym_filters(index)}
        )
        yield (
            f"it reads its synonyms from {', '.join(paths)}, not from {wanted.reference_path}"
            if paths
            else "it has no synonym filter",
            f"Create a new index with synonyms_path {wanted.reference_path} and move the documents there: "
            "the path of an index does not change",
        )
        return
    for field in wanted.fields:
        yield from _field_faults(index, wanted, field, ours)


def _synonym_filters(index: Index) -> list[tuple[str, Mapping[str, Any]]]:
    return [
        (name, one) for name, one in index.analysis.get("filter", {}).items() if one.get("type") in _GRAPHS
    ]


def _field_faults(index: Index, wanted: Wanted, field: str, ours: Sequence[str]) -> Iterator[tuple[str, str]]:
    mapping = _mapping(index, field)
    if mapping is None:
        yield (
            f"it has no field {field}",
            "Correct `fields` in the configuration, or add the field to the index",
        )
        return
    for_documents, for_queries = _analyzers(index, mapping)
    name, other = (
        (for_queries, for_documents) if wanted.use == "search_time" else (for_documents, for_queries)
    )
    used = [one for one in _filters_of(index, name) if one in ours]
    if not used:
        yield (
            f"analyzer {name}, by which field {field} looks up synonyms, does not use the package",
            f"Put filter {ours[0]} into it, or give the field the analyzer that has it; a new index is needed",
        )
        return
    if set(_filters_of(index, other)) & set(ours):
        yield (
            f"field {field} uses the synonyms for documents and for queries",
            "Use them for one of both, preferably queries; a new index is needed",
        )
    if wanted.use == "search_time":
        yield from _not_updateable(index, used[0])
    yield from _other_analysis(index, wanted, name, used[0])


def _not_updateable(index: Index, filter_name: str) -> Iterator[tuple[str, str]]:
    if str(index.analysis["filter"][filter_name].get("updateable", "false")).lower() != "true":
        yield (
            f"filter {filter_name} is not updateable, so that a new file would not take effect",
            "Create a new index whose filter has `updateable: true`, or configure the index for index_time",
        )


def _other_analysis(
    index: Index, wanted: Wanted, analyzer: str, filter_name: str
) -> Iterator[tuple[str, str]]:
    own = index.analysis["analyzer"][analyzer]
    names = _filters_of(index, analyzer)
    before = [_filter_meaning(index, name) for name in names[: names.index(filter_name)]]
    tokenizer = _tokenizer_meaning(index, str(own.get("tokenizer", "standard")))
    extra = _list(own.get("char_filter"))
    declared = [_declared_meaning(one) for one in wanted.filters]
    if (tokenizer, before, extra) != (wanted.tokenizer, declared, []):
        yield (
            f"analyzer {analyzer} has {', '.join([*extra, tokenizer, *before])} before the synonyms, "
            f"and the rules are checked against {', '.join([wanted.tokenizer, *declared])}",
            "Correct `analysis` in the configuration, or create the index anew with the declared analysis",
        )


def _mapping(index: Index, field: str) -> Mapping[str, Any] | None:
    found: Any = {"properties": index.mappings.get("properties", {})}
    for part in field.split("."):
        inside = found.get("properties", {})
        found = inside.get(part) or found.get("fields", {}).get(part)
        if found is None:
            return None
    return found if isinstance(found, Mapping) else None


def _analyzers(index: Index, mapping: Mapping[str, Any]) -> tuple[str, str]:
    """The analyzers of a field for documents and for queries, by the engine's order of precedence."""
    known = index.analysis.get("analyzer", {})
    default = "default" if "default" in known else "standard"
    for_documents = str(mapping.get("analyzer", default))
    fallback = "default_search" if "default_search" in known else for_documents
    return for_documents, str(mapping.get("search_analyzer", fallback))


def _filters_of(index: Index, analyzer: str) -> list[str]:
    return _list(index.analysis.get("analyzer", {}).get(analyzer, {}).get("filter"))


def _filter_meaning(index: Index, name: str) -> str:
    own = index.analysis.get("filter", {}).get(name)
    if own is None:
        return name
    if own.get("type") == "stop" and "stopwords" in own:
        return _stop(_list(own["stopwords"]))
    return str(own.get("type", name))


def _tokenizer_meaning(index: Index, name: str) -> str:
    return str(index.analysis.get("tokenizer", {}).get(name, {}).get("type", name))


def _declared_meaning(one: Any) -> str:
    return _stop(one["stop"]) if isinstance(one, Mapping) else str(one)


def _stop(words: Sequence[str]) -> str:
    return f"stop ({', '.join(sorted(words))})"


def _list(value: Any) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else [str(one) for one in value]
