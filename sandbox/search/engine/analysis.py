"""The analyzers of an index: built from its settings, and built anew when synonyms change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sandbox.search.engine.components import NOT_BEFORE_SYNONYMS, SYNONYMS, Component, analyzer
from sandbox.search.engine.synonyms import flag, synonym_map
from sandbox.search.errors import IllegalArgument

BUILT_IN: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "standard": ("standard", ("lowercase",)),
    "simple": ("letter", ("lowercase",)),
    "whitespace": ("whitespace", ()),
    "keyword": ("keyword", ()),
    "stop": ("letter", ("lowercase", "stop")),
}
DEFAULT = "standard"
_NOT_SETTINGS = frozenset({"type"})
_OF_SYNONYMS = frozenset(
    {"synonyms", "synonyms_path", "expand", "lenient", "format", "updateable", "ignore_case"}
)

Definitions = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class NamedAnalyzer:
    """An analyzer of an index.

    Attributes:
        lucene: Lucene's analyzer.
        search_only: its filters that are `updateable`, which keeps it from analyzing documents.
    """

    name: str
    lucene: Any
    search_only: tuple[str, ...] = ()


class Analysis:
    """The analyzers of one index, by name."""

    def __init__(self, definitions: Definitions, config: Path) -> None:
        """Build them all.

        Args:
            definitions: `index.analysis` of the settings: analyzer, filter and tokenizer by name.
            config: the folder that paths in settings are relative to.

        Raises:
            IllegalArgument: one of them cannot be built.
        """
        self._definitions = definitions
        self._config = config
        if definitions.get("char_filter"):
            raise IllegalArgument("the sandbox has no char filters")
        self._analyzers = {name: self._build(name) for name in definitions.get("analyzer", {})}

    def get(self, name: str) -> NamedAnalyzer | None:
        """Give an analyzer of the index, or one that every index has."""
        found = self._analyzers.get(name)
        return built_in(name) if found is None and name in BUILT_IN else found

    def reads(self, path: str) -> bool:
        """Tell whether a filter takes its rules from this file."""
        filters = self._definitions.get("filter", {}).values()
        return any(each.get("synonyms_path") == path for each in filters)

    def reload(self) -> list[str]:
        """Read the rules of `updateable` filters again, one analyzer after the other.

        Returns:
            The names of the analyzers that were built anew.

        Raises:
            IllegalArgument: one could not be; those before it have the new rules, it and the others the old ones.
        """
        names = [found.name for found in self._analyzers.values() if found.search_only]
        for name in names:
            self._analyzers[name] = self._build(name)
        return names

    def transient(self, tokenizer: Any, filters: Sequence[Any]) -> NamedAnalyzer:
        """Build an analyzer for one request from names and definitions."""
        return self._assemble("_anonymous_", self._component("tokenizer", tokenizer), filters)

    def _build(self, name: str) -> NamedAnalyzer:
        definition = self._definitions["analyzer"][name]
        kind = definition.get("type", "custom")
        if kind in BUILT_IN:
            return self._of_built_in_type(name, kind, definition)
        if kind != "custom":
            raise IllegalArgument(f"Unknown analyzer type [{kind}] for [{name}]")
        if "tokenizer" not in definition:
            raise IllegalArgument(f"analyzer [{name}] must be configured with a tokenizer")
        filters = definition.get("filter", [])
        tokenizer = self._component("tokenizer", definition["tokenizer"])
        return self._assemble(name, tokenizer, [filters] if isinstance(filters, str) else filters)

    @staticmethod
    def _of_built_in_type(name: str, kind: str, definition: Mapping[str, Any]) -> NamedAnalyzer:
        tokenizer, filters = BUILT_IN[kind]
        chain = [Component(each) for each in filters if each != "stop"]
        if words := definition.get("stopwords", "_english_" if "stop" in filters else None):
            chain.append(Component("stop", {"stopwords": words}))
        return NamedAnalyzer(name, analyzer(Component(tokenizer), chain))

    def _assemble(self, name: str, tokenizer: Component, filters: Sequence[Any]) -> NamedAnalyzer:
        chain: list[Component] = []
        search_only = []
        for declared in filters:
            component = self._component("filter", declared)
            if component.type in SYNONYMS:
                component = self._with_synonyms(component, tokenizer, chain)
                if flag(component.settings, "updateable", default=False):
                    search_only.append(declared if isinstance(declared, str) else component.type)
            chain.append(component)
        return NamedAnalyzer(name, analyzer(tokenizer, chain), tuple(search_only))

    def _with_synonyms(
        self, component: Component, tokenizer: Component, before: Sequence[Component]
    ) -> Component:
        """Read a filter's rules with the filters before it, among which other synonyms do not count."""
        for earlier in before:
            if earlier.type in NOT_BEFORE_SYNONYMS:
                raise IllegalArgument(f"Token filter [{earlier.type}] cannot be used to parse synonyms")
        unknown = sorted(set(component.settings) - _OF_SYNONYMS)
        if unknown:
            raise IllegalArgument(f"the sandbox's synonym filters have no setting {', '.join(unknown)}")
        plain = analyzer(tokenizer, [earlier for earlier in before if earlier.type not in SYNONYMS])
        synonyms = synonym_map(component.settings, plain, self._config)
        return Component(component.type, component.settings, synonyms)

    def _component(self, kind: str, declared: Any) -> Component:
        """Find a tokenizer or filter by its name in the settings or in OpenSearch, or take its definition."""
        defined = declared if isinstance(declared, Mapping) else self._definitions.get(kind, {}).get(declared)
        if defined is None:
            return Component(declared)
        if "type" not in defined:
            raise IllegalArgument(f"{kind} [{declared}] must specify a type")
        settings = {name: value for name, value in defined.items() if name not in _NOT_SETTINGS}
        return Component(defined["type"], settings)


@cache
def built_in(name: str) -> NamedAnalyzer:
    """Give an analyzer that every index has; all share one."""
    tokenizer, filters = BUILT_IN[name]
    return NamedAnalyzer(name, analyzer(Component(tokenizer), [Component(each) for each in filters]))
