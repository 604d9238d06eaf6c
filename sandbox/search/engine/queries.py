"""OpenSearch's query language as Lucene's queries, made by Lucene's own query builder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.search.engine.analysis import NamedAnalyzer
from sandbox.search.engine.index import Index
from sandbox.search.engine.lucene import java, lucene
from sandbox.search.engine.mapping import TEXT, exact, search_analyzer
from sandbox.search.engine.synonyms import flag
from sandbox.search.errors import IllegalArgument, QueryRefused, TooManyClauses

Clause = Mapping[str, Any]

_OF_FIELD: Mapping[str, tuple[str, frozenset[str]]] = {
    "match": (
        "query",
        frozenset(
            {
                "analyzer", "auto_generate_synonyms_phrase_query", "minimum_should_match", "operator",
                "zero_terms_query",
            }
        ),
    ),
    "match_phrase": ("query", frozenset({"analyzer", "slop", "zero_terms_query"})),
    "term": ("value", frozenset()),
}  # fmt: skip
"""Queries of one field: their main option, and the others but for boost."""


class Queries:
    """Makes queries on one index."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._known: Mapping[str, Callable[..., Any]] = {
            "match_all": lambda _: lucene("search.MatchAllDocsQuery")(),
            "match_none": lambda _: lucene("search.MatchNoDocsQuery")(),
            "match": self._match,
            "match_phrase": self._match_phrase,
            "bool": self._bool,
            "ids": lambda clause: self._terms_of("_id", clause["values"]),
            "term": self._term,
            "terms": self._terms,
        }

    def build(self, query: Clause) -> Any:
        """Make Lucene's query.

        Raises:
            QueryRefused: it is not one that the sandbox knows.
            TooManyClauses: its synonyms are too many for Lucene.
        """
        try:
            return self._query(query)
        except java("java.lang.RuntimeException") as error:
            if error.getClass().getSimpleName() == "TooManyClauses":
                raise TooManyClauses(str(error.getMessage())) from None
            raise

    def _query(self, query: Clause) -> Any:
        if not isinstance(query, Mapping) or len(query) != 1:
            raise QueryRefused("[_na] query malformed, no field after start_object or too many")
        ((kind, clause),) = query.items()
        if kind not in self._known:
            raise QueryRefused(f"unknown query [{kind}]")
        if not isinstance(clause, Mapping):
            raise QueryRefused(f"[{kind}] query malformed, no start_object after query name")
        if kind not in _OF_FIELD:
            return _boosted(self._known[kind](clause), clause)
        name, options = _of_field(kind, clause)
        return _boosted(self._known[kind](name, options), options)

    def _match(self, name: str, options: Clause) -> Any:
        found = self._exact(name, options["query"])
        if found is not None:
            return found
        builder = self._builder(name, options)
        enabled = flag(options, "auto_generate_synonyms_phrase_query", default=True)
        builder.setAutoGenerateMultiTermSynonymsPhraseQuery(enabled)
        occur = _occur("MUST" if str(options.get("operator", "or")).lower() == "and" else "SHOULD")
        made = builder.createBooleanQuery(name, exact(options["query"]), occur)
        if made is None:
            return self._nothing_to_search(options)
        return _with_minimum(made, options.get("minimum_should_match"))

    def _match_phrase(self, name: str, options: Clause) -> Any:
        found = self._exact(name, options["query"])
        if found is not None:
            return found
        builder = self._builder(name, options)
        made = builder.createPhraseQuery(name, exact(options["query"]), int(options.get("slop", 0)))
        return self._nothing_to_search(options) if made is None else made

    def _nothing_to_search(self, options: Clause) -> Any:
        everything = options.get("zero_terms_query", "none") == "all"
        return self._known["match_all" if everything else "match_none"]({})

    def _exact(self, name: str, value: Any) -> Any:
        """Make the query of a field that is not analyzed; None where it is."""
        field = self._index.fields.get(name)
        if field is None and name != "_id":
            return lucene("search.MatchNoDocsQuery")()
        if field is None or field.type != TEXT:
            return lucene("search.TermQuery")(lucene("index.Term")(name, exact(value)))
        return None

    def _builder(self, name: str, options: Clause) -> Any:
        return lucene("util.QueryBuilder")(self._analyzer(name, options.get("analyzer")).lucene)

    def _analyzer(self, name: str, chosen: str | None) -> NamedAnalyzer:
        if chosen is None:
            return search_analyzer(self._index.fields.get(name), self._index.analysis)
        found = self._index.analysis.get(chosen)
        if found is None:
            raise QueryRefused(f"[match] analyzer [{chosen}] not found")
        return found

    @staticmethod
    def _term(name: str, options: Clause) -> Any:
        return lucene("search.TermQuery")(lucene("index.Term")(name, exact(options["value"])))

    def _terms(self, clause: Clause) -> Any:
        fields = {name: values for name, values in clause.items() if name != "boost"}
        if len(fields) != 1:
            raise QueryRefused("[terms] query requires exactly one field")
        ((name, values),) = fields.items()
        return self._terms_of(name, values)

    @staticmethod
    def _terms_of(name: str, values: Any) -> Any:
        found = java("java.util.ArrayList")()
        for value in values if isinstance(values, list) else [values]:
            found.add(lucene("util.BytesRef")(exact(value)))
        return lucene("search.TermInSetQuery")(name, found)

    def _bool(self, clause: Clause) -> Any:
        known = {"must": "MUST", "filter": "FILTER", "should": "SHOULD", "must_not": "MUST_NOT"}
        unknown = sorted(set(clause) - {*known, "minimum_should_match", "boost"})
        if unknown:
            raise QueryRefused(f"[bool] query does not support [{unknown[0]}]")
        builder = lucene("search.BooleanQuery$Builder")()
        for kind, name in known.items():
            for inner in _listed(clause.get(kind)):
                builder.add(self._query(inner), _occur(name))
        if not any(clause.get(kind) for kind in ("must", "filter", "should")):
            builder.add(lucene("search.MatchAllDocsQuery")(), _occur("FILTER"))
        return _with_minimum(builder.build(), clause.get("minimum_should_match"))


def _boosted(query: Any, options: Clause) -> Any:
    boost = options.get("boost")
    return query if boost is None else lucene("search.BoostQuery")(query, float(boost))


def _of_field(kind: str, clause: Clause) -> tuple[str, Clause]:
    main, others = _OF_FIELD[kind]
    if len(clause) != 1:
        raise QueryRefused(f"[{kind}] query doesn't support multiple fields, found {sorted(clause)}")
    ((name, value),) = clause.items()
    options = value if isinstance(value, Mapping) else {main: value}
    if main not in options:
        raise IllegalArgument(f"[{kind}] requires [{main}] for field [{name}]")
    unknown = sorted(set(options) - others - {main, "boost"})
    if unknown:
        raise QueryRefused(f"[{kind}] query does not support [{unknown[0]}]")
    return name, options


def _listed(clauses: Any) -> list[Any]:
    if clauses is None:
        return []
    return clauses if isinstance(clauses, list) else [clauses]


def _with_minimum(query: Any, minimum: Any) -> Any:
    """Demand that so many optional clauses match, given as a number or a percentage."""
    if minimum is None or not isinstance(query, lucene("search.BooleanQuery")):
        return query
    optional = sum(1 for clause in query.clauses() if clause.getOccur() == _occur("SHOULD"))
    text = str(minimum)
    wanted = int(optional * float(text[:-1]) / 100) if text.endswith("%") else int(text)
    builder = lucene("search.BooleanQuery$Builder")()
    for clause in query.clauses():
        builder.add(clause)
    return builder.setMinimumNumberShouldMatch(wanted if wanted >= 0 else optional + wanted).build()


def _occur(name: str) -> Any:
    return getattr(lucene("search.BooleanClause$Occur"), name)
