"""OpenSearch's tokenizers and token filters as Lucene's factories.

A component is its type's name in OpenSearch and its settings there. What is not listed here is refused rather
than ignored, so that no test passes on an analysis chain that the sandbox does not really run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jpype

from sandbox.search.engine.lucene import java, lucene
from sandbox.search.errors import IllegalArgument

TOKENIZERS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "standard": ("standard", {"max_token_length": "maxTokenLength"}),
    "whitespace": ("whitespace", {"max_token_length": "maxTokenLen"}),
    "keyword": ("keyword", {}),
    "letter": ("letter", {}),
    "classic": ("classic", {"max_token_length": "maxTokenLength"}),
    "uax_url_email": ("uax29URLEmail", {"max_token_length": "maxTokenLength"}),
}
FILTERS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "lowercase": ("lowercase", {}),
    "uppercase": ("uppercase", {}),
    "asciifolding": ("asciiFolding", {"preserve_original": "preserveOriginal"}),
    "stop": ("stop", {"ignore_case": "ignoreCase", "stopwords": ""}),
    "trim": ("trim", {}),
    "apostrophe": ("apostrophe", {}),
    "cjk_width": ("cjkWidth", {}),
    "decimal_digit": ("decimalDigit", {}),
    "kstem": ("kStem", {}),
    "porter_stem": ("porterStem", {}),
    "flatten_graph": ("flattenGraph", {}),
    "ngram": ("nGram", {"min_gram": "minGramSize", "max_gram": "maxGramSize"}),
    "edge_ngram": ("edgeNGram", {"min_gram": "minGramSize", "max_gram": "maxGramSize"}),
    "remove_duplicates": ("removeDuplicates", {}),
    "word_delimiter_graph": ("wordDelimiterGraph", {}),
    "synonym": ("synonym", {}),
    "synonym_graph": ("synonymGraph", {}),
}
DEFAULTS: Mapping[str, Mapping[str, str]] = {
    "ngram": {"min_gram": "1", "max_gram": "2"},
    "edge_ngram": {"min_gram": "1", "max_gram": "2"},
}
SYNONYMS = frozenset({"synonym", "synonym_graph"})
NOT_BEFORE_SYNONYMS = frozenset({"ngram", "edge_ngram", "word_delimiter_graph"})
POSITION_GAP = 100


@dataclass(frozen=True)
class Component:
    """A tokenizer or token filter: its type and settings, and for synonyms the map to put in."""

    type: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    synonyms: Any = None


def analyzer(tokenizer: Component, filters: Sequence[Component]) -> Any:
    """Build a Lucene analyzer.

    Raises:
        IllegalArgument: the sandbox has no such component, or not one of its settings.
    """
    lists = {"none": b""}
    builder = lucene("analysis.custom.CustomAnalyzer").builder(_loader(lists))
    builder.withPositionIncrementGap(java("java.lang.Integer")(POSITION_GAP))
    name, settings = _translate("tokenizer", TOKENIZERS, tokenizer)
    builder.withTokenizer(name, _java_map(settings))
    for position, component in enumerate(filters):
        name, settings = _translate("filter", FILTERS, component)
        if component.type == "stop":
            settings["words"] = f"words-{position}"
            lists[settings["words"]] = "\n".join(_stop_words(component)).encode()
        elif component.type in SYNONYMS:
            settings["synonyms"] = "none"
        builder.addTokenFilter(name, _java_map(settings))
    built = builder.build()
    for factory, component in zip(built.getTokenFilterFactories(), filters, strict=True):
        if component.type in SYNONYMS:
            _put_in(factory, component.synonyms)
    return built


def _translate(
    kind: str, table: Mapping[str, tuple[str, Mapping[str, str]]], component: Component
) -> tuple[str, dict[str, str]]:
    if component.type not in table:
        raise IllegalArgument(f"failed to find {kind} under [{component.type}]")
    name, known = table[component.type]
    if component.type in SYNONYMS:
        return name, {}
    unknown = sorted(set(component.settings) - set(known))
    if unknown:
        raise IllegalArgument(f"the sandbox's {kind} [{component.type}] has no setting {', '.join(unknown)}")
    settings = {**DEFAULTS.get(component.type, {}), **component.settings}
    return name, {known[key]: _text(value) for key, value in settings.items() if known[key]}


def _stop_words(component: Component) -> list[str]:
    chosen = component.settings.get("stopwords", "_english_")
    names = [chosen] if isinstance(chosen, str) else chosen
    return [word for name in names for word in _named_words(name)]


def _named_words(name: str) -> list[str]:
    if name == "_none_":
        return []
    if name != "_english_":
        return [name]
    words = lucene("analysis.en.EnglishAnalyzer").ENGLISH_STOP_WORDS_SET
    return ["".join(map(str, word)) for word in words]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _java_map(settings: Mapping[str, str]) -> Any:
    found = java("java.util.HashMap")()
    for key, value in settings.items():
        found.put(key, value)
    return found


def _put_in(factory: Any, synonyms: Any) -> None:
    """Give a factory its map.

    Lucene's factory reads rules through an analyzer that it makes from a class name; OpenSearch reads them
    through the filters before it in the chain, which have no such name.
    """
    place = factory.getClass().getDeclaredField("map")
    place.setAccessible(True)
    place.set(factory, synonyms)


def _loader(lists: Mapping[str, bytes]) -> Any:
    """Give Lucene's factories word lists where they expect files."""
    return jpype.JProxy(
        "org.apache.lucene.analysis.util.ResourceLoader",
        dict={
            "openResource": lambda name: java("java.io.ByteArrayInputStream")(lists[str(name)]),
            "findClass": lambda name, _: java(str(name)).class_,
            "newInstance": lambda name, _: java(str(name))(),
        },
    )
