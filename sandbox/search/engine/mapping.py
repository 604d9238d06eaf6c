"""Fields of documents: what a mapping says of them, and how they reach Lucene."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.search.engine.analysis import DEFAULT, Analysis, NamedAnalyzer
from sandbox.search.engine.lucene import lucene
from sandbox.search.errors import MappingRefused

TEXT = "text"
EXACT = frozenset(
    {
        "keyword", "long", "integer", "short", "byte", "double", "float", "half_float", "scaled_float", "date",
        "boolean", "ip",
    }
)  # fmt: skip
_PARAMETERS = frozenset(
    {
        "type", "analyzer", "search_analyzer", "fields", "ignore_above", "format", "scaling_factor",
        "index", "store", "doc_values", "norms", "properties", "dynamic",
    }
)  # fmt: skip
_DYNAMIC_STRING = {"type": "text", "fields": {"keyword": {"type": "keyword", "ignore_above": 256}}}
_FIXED = ("type", "analyzer")


@dataclass(frozen=True)
class Field:
    """One field, under its full name."""

    name: str
    type: str
    analyzer: str | None = None
    search_analyzer: str | None = None
    ignore_above: int | None = None


class Fields:
    """The fields of one index; a changed mapping is a new object."""

    def __init__(self, mapping: Mapping[str, Any], analysis: Analysis) -> None:
        """Check a mapping.

        Raises:
            MappingRefused: OpenSearch would not take it.
        """
        self.mapping = mapping
        self.dynamic = str(mapping.get("dynamic", "true")).lower()
        self._fields = {field.name: field for field in _flatten(mapping.get("properties", {}), "")}
        for field in self._fields.values():
            _check(field, analysis)

    def get(self, name: str) -> Field | None:
        """Give a field by its full name."""
        return self._fields.get(name)

    def texts(self) -> list[Field]:
        """Give the analyzed fields."""
        return [field for field in self._fields.values() if field.type == TEXT]

    def of(self, path: str) -> list[Field]:
        """Give the field of a path in documents, and those that index the same values in other ways."""
        return [
            field
            for field in self._fields.values()
            if field.name == path or field.name.startswith(f"{path}.")
        ]

    def unknown(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Give the mapping of a document's values that no field takes yet."""
        found: dict[str, Any] = {}
        for path, value in leaves(document):
            if path not in self._fields and value is not None:
                _nest(found, path.split("."), _guess(value))
        return found


def merge(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Add new properties to a mapping.

    Raises:
        MappingRefused: one would change what a field cannot change.
    """
    properties = _merge_properties(old.get("properties", {}), new.get("properties", {}), "")
    return {**old, **new, **({"properties": properties} if properties else {})}


def _merge_properties(old: Mapping[str, Any], new: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    merged = dict(old)
    for name, definition in new.items():
        before = merged.get(name)
        if before is None:
            merged[name] = definition
            continue
        _check_unchanged(f"{prefix}{name}", before, definition)
        merged[name] = {**before, **definition}
        if "properties" in before or "properties" in definition:
            inner = _merge_properties(
                before.get("properties", {}), definition.get("properties", {}), f"{prefix}{name}."
            )
            merged[name]["properties"] = inner
    return merged


def _check_unchanged(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    kinds = (before.get("type", "object"), after.get("type", "object"))
    if kinds[0] != kinds[1]:
        raise MappingRefused(
            f"mapper [{name}] cannot be changed from type [{kinds[0]}] to [{kinds[1]}]",
            kind="illegal_argument_exception",
        )
    if kinds[0] != TEXT:
        return
    analyzers = (before.get("analyzer", "default"), after.get("analyzer", "default"))
    if analyzers[0] != analyzers[1]:
        raise MappingRefused(
            f"Mapper for [{name}] conflicts with existing mapper:\n\t"
            f"Cannot update parameter [analyzer] from [{analyzers[0]}] to [{analyzers[1]}]",
            kind="illegal_argument_exception",
        )


def _flatten(properties: Mapping[str, Any], prefix: str) -> Iterator[Field]:
    for name, definition in properties.items():
        path = f"{prefix}{name}"
        if not isinstance(definition, Mapping):
            raise MappingRefused(f"Expected map for property [fields] on field [{path}]")
        kind = definition.get("type", "object")
        unknown = sorted(set(definition) - _PARAMETERS)
        if unknown:
            raise MappingRefused(f"unknown parameter [{unknown[0]}] on mapper [{path}] of type [{kind}]")
        if kind != "object":
            yield _field(path, kind, definition)
        yield from _flatten(definition.get("properties", {}), f"{path}.")
        yield from _flatten(definition.get("fields", {}), f"{path}.")


def _field(path: str, kind: str, definition: Mapping[str, Any]) -> Field:
    if kind != TEXT and kind not in EXACT:
        raise MappingRefused(f"No handler for type [{kind}] declared on field [{path.rpartition('.')[2]}]")
    return Field(
        path,
        kind,
        definition.get("analyzer"),
        definition.get("search_analyzer"),
        definition.get("ignore_above"),
    )


def _check(field: Field, analysis: Analysis) -> None:
    """Hold a field's analyzers to what they may do: an `updateable` one may not analyze documents."""
    for parameter in ("analyzer", "search_analyzer"):
        name = getattr(field, parameter)
        if name and analysis.get(name) is None:
            raise MappingRefused(f"analyzer [{name}] has not been configured in mappings")
    if field.type == TEXT:
        check_index_time(index_analyzer(field, analysis))


def check_index_time(found: NamedAnalyzer) -> None:
    """Refuse an analyzer with `updateable` filters where documents are analyzed."""
    if found.search_only:
        raise MappingRefused(
            f"analyzer [{found.name}] contains filters [{', '.join(found.search_only)}] "
            "that are not allowed to run in index time mode.",
            kind="mapper_exception",
        )


def index_analyzer(field: Field | None, analysis: Analysis) -> NamedAnalyzer:
    """Give the analyzer of a field's documents."""
    return _first(analysis, field.analyzer if field else None, "default")


def search_analyzer(field: Field | None, analysis: Analysis) -> NamedAnalyzer:
    """Give the analyzer of queries on a field."""
    if field is None:
        return _first(analysis, "default_search", "default")
    return _first(analysis, field.search_analyzer, "default_search", field.analyzer, "default")


def _first(analysis: Analysis, *names: str | None) -> NamedAnalyzer:
    for name in (*names, DEFAULT):
        if name and (found := analysis.get(name)):
            return found
    raise LookupError(DEFAULT)


def leaves(document: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Give every value of a document with its path; a list's values one by one."""
    for name, value in document.items():
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, Mapping):
                yield from leaves(each, f"{prefix}{name}.")
            else:
                yield f"{prefix}{name}", each


def _guess(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"type": "boolean"}
    if isinstance(value, int):
        return {"type": "long"}
    return {"type": "float"} if isinstance(value, float) else dict(_DYNAMIC_STRING)


def _nest(properties: dict[str, Any], names: list[str], definition: dict[str, Any]) -> None:
    for name in names[:-1]:
        properties = properties.setdefault(name, {"properties": {}})["properties"]
    properties[names[-1]] = definition


def lucene_document(identifier: str, source: Mapping[str, Any], fields: Fields) -> Any:
    """Make Lucene's document of one in JSON."""
    yes, no = lucene("document.Field$Store").YES, lucene("document.Field$Store").NO
    document = lucene("document.Document")()
    document.add(lucene("document.StringField")("_id", identifier, yes))
    document.add(lucene("document.StoredField")("_source", json.dumps(source)))
    for path, value in leaves(source):
        if value is None:
            continue
        for field in fields.of(path):
            text = exact(value)
            if field.type == TEXT:
                document.add(lucene("document.TextField")(field.name, text, no))
            elif field.ignore_above is None or len(text) <= field.ignore_above:
                document.add(lucene("document.StringField")(field.name, text, no))
    return document


def exact(value: Any) -> str:
    """Write a value as the one term that stands for it."""
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "replace").decode()
