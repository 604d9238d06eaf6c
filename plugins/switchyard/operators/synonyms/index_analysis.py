"""How an index analyzes a field, read from its settings and mappings, and whether synonyms reach it that way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from switchyard.errors import BadInput

SYNONYM_FILTERS = ("synonym", "synonym_graph")
_ENGLISH = (
    "a an and are as at be but by for if in into is it no not of on or such that the their then there these they "
    "this to was will with"
)
ENGLISH_STOP_WORDS = frozenset(_ENGLISH.split())
"""What the filter `stop` drops where no words are given (Lucene, EnglishAnalyzer)."""

_OF_THE_BOOTSTRAP = "Create the index as synonym_bootstrap does, or name the right index and field"
Filter = str | Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class SynonymUse:
    """The synonym filter in the analyzer of a field, with what stands before it.

    Attributes:
        index: The index itself, where an alias was asked for.
        field: The field.
        analyzer: Its analyzer.
        filter_type: `synonym` or `synonym_graph`.
        synonyms_path: The file of the filter's rules; None where they stand in the settings.
        updateable: Whether new rules reach the index without its being closed.
        tokenizer: What cuts texts into words before the filter.
        filters: What changes the words before it, as the configuration declares it.
    """

    index: str
    field: str
    analyzer: str
    filter_type: str
    synonyms_path: str | None
    updateable: bool
    tokenizer: str
    filters: tuple[Filter, ...]


def synonym_use(
    index: str, settings: Mapping[str, Any], mappings: Mapping[str, Any], field: str, use: str
) -> SynonymUse:
    """Find the synonym filter of a field.

    Args:
        index: Name of the index.
        settings: What `_settings` answers for it, below `settings`.
        mappings: What `_mapping` answers for it, below `mappings`.
        field: Path of the field, sub-fields included.
        use: `search_time` or `index_time`.

    Raises:
        BadInput: There is no such field, or no synonyms in its analyzer.
    """
    analysis = settings.get("index", settings).get("analysis", {})
    analyzer = _analyzer_of(_field(index, mappings, field), analysis, use)
    definition = analysis.get("analyzer", {}).get(analyzer, {})
    before: list[Filter] = []
    for name in _names(definition.get("filter")):
        found = analysis.get("filter", {}).get(name, {})
        if found.get("type") in SYNONYM_FILTERS:
            return SynonymUse(
                index=index,
                field=field,
                analyzer=analyzer,
                filter_type=found["type"],
                synonyms_path=found.get("synonyms_path"),
                updateable=str(found.get("updateable", "false")).lower() == "true",
                tokenizer=_tokenizer(definition, analysis),
                filters=tuple(before),
            )
        before.append(_filter(name, found))
    raise BadInput(
        f"field {field} of index {index}",
        analyzer,
        f"this {'search ' if use == 'search_time' else ''}analyzer has no synonym filter",
        _OF_THE_BOOTSTRAP,
    )


def _field(index: str, mappings: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    place: Mapping[str, Any] = mappings
    for part in path.split("."):
        inner = {**place.get("fields", {}), **place.get("properties", {})}
        if part not in inner:
            raise BadInput(f"field of index {index}", path, "the index has no such field", _OF_THE_BOOTSTRAP)
        place = inner[part]
    return place


def _analyzer_of(field: Mapping[str, Any], analysis: Mapping[str, Any], use: str) -> str:
    """The analyzer's name, looked for in the order in which the engine does."""
    known = analysis.get("analyzer", {})
    of_index = [field.get("analyzer"), "default" if "default" in known else None, "standard"]
    of_search = [field.get("search_analyzer"), "default_search" if "default_search" in known else None]
    wanted = [*of_search, *of_index] if use == "search_time" else of_index
    return next(str(name) for name in wanted if name)


def _tokenizer(definition: Mapping[str, Any], analysis: Mapping[str, Any]) -> str:
    """The tokenizer as the configuration declares it; settings of its own and character filters make it another."""
    name = str(definition.get("tokenizer"))
    own = analysis.get("tokenizer", {}).get(name)
    if own is not None:
        name = str(own.get("type")) if set(own) == {"type"} else f"{name} ({_shown(own)})"
    characters = _names(definition.get("char_filter"))
    return f"{name} after {', '.join(characters)}" if characters else name


def _filter(name: str, definition: Mapping[str, Any]) -> Filter:
    kind = str(definition.get("type", name))
    settings = {key: value for key, value in definition.items() if key != "type"}
    if kind == "stop" and set(settings) <= {"stopwords"}:
        return {"stop": sorted(_stop_words(settings.get("stopwords", "_english_")))}
    return f"{name} ({_shown(definition)})" if settings else kind


def _stop_words(given: Any) -> frozenset[str]:
    words = frozenset(_names(given))
    return ENGLISH_STOP_WORDS if words == {"_english_"} else words


def _names(given: Any) -> list[str]:
    if given is None:
        return []
    return [given] if isinstance(given, str) else [str(one) for one in given]


def _shown(definition: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in sorted(definition.items()))


def require_use(
    found: SynonymUse, *, use: str, reference_path: str, analysis: Mapping[str, Any]
) -> Iterator[str]:
    """Refuse an index that would not show a release, and yield what is allowed but regretted.

    Args:
        found: What the index has.
        use: `search_time` or `index_time`, as configured.
        reference_path: Where the domain has the package's file.
        analysis: The declared tokenizer and filters.

    Raises:
        BadInput: The filter reads another package, cannot be updated, or analyzes otherwise than declared.
    """
    place = f"field {found.field} of index {found.index}"
    if found.synonyms_path != reference_path:
        raise BadInput(
            f"{place}, synonyms_path",
            found.synonyms_path,
            f"the package is at {reference_path}, so the index is bound to another one",
            "Name the package that the index uses; an index changes its package only by being closed or created anew",
        )
    if use == "search_time" and not found.updateable:
        raise BadInput(
            f"{place}, analyzer {found.analyzer}",
            "not updateable",
            "new rules would not reach the index while it is open",
            "Create the index with `updateable: true` in the filter, or configure use: index_time",
        )
    _require_chain(place, found, analysis)
    if found.filter_type == "synonym":
        yield (
            f"{place} uses the flat filter `synonym`, which mixes the words of synonyms of several words: gelato "
            "finds frozen pizza. Create it with `synonym_graph`"
        )
    if "lowercase" not in found.filters:
        yield (
            f"{place} has no `lowercase` before the synonyms, so that searches with capitals are not expanded. "
            "Create it with `lowercase` first"
        )


def _require_chain(place: str, found: SynonymUse, analysis: Mapping[str, Any]) -> None:
    declared = [str(analysis["tokenizer"]), *map(_plain, analysis["filters"])]
    real = [found.tokenizer, *map(_plain, found.filters)]
    if declared != real:
        raise BadInput(
            f"{place}, analyzer {found.analyzer}",
            " > ".join(real),
            f"the configuration declares {' > '.join(declared)} before the synonyms, against which rules are checked",
            "Correct analysis in the pipeline's configuration, or the index",
        )


def _plain(one: Filter) -> str:
    return one if isinstance(one, str) else f"stop({', '.join(sorted(one['stop']))})"
