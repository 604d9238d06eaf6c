"""Searches that prove a release: what a query must find, and what it must not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from switchyard.search.client import SearchClient
from switchyard.search.indexes import path_of

_PAGE = 50


@dataclass(frozen=True)
class ProbeResult:
    """What one probe has shown.

    Attributes:
        query: what was searched.
        index: where.
        field: in which field.
        finds: texts that had to be found.
        not_finds: texts that must not be found.
        hits: how many documents were found.
        missing: texts that had to be found and were not.
        unwanted: texts that must not be found and were.
    """

    query: str
    index: str
    field: str
    finds: tuple[str, ...]
    not_finds: tuple[str, ...]
    hits: int
    missing: tuple[str, ...]
    unwanted: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether everything was as it must be."""
        return not self.missing and not self.unwanted

    def __str__(self) -> str:
        faults = [f"does not find {text!r}" for text in self.missing]
        faults += [f"finds {text!r}" for text in self.unwanted]
        return f"{self.query!r} in {self.index}.{self.field} {' and '.join(faults) or 'finds what it must'}"

    def as_dict(self) -> dict[str, Any]:
        """The result as JSON can hold it."""
        return {
            "query": self.query,
            "index": self.index,
            "field": self.field,
            "finds": list(self.finds),
            "not_finds": list(self.not_finds),
            "hits": self.hits,
            "missing": list(self.missing),
            "unwanted": list(self.unwanted),
            "passed": self.passed,
        }


def run_probe(client: SearchClient, probe: Mapping[str, Any], index: str) -> ProbeResult:
    """Search as an application would, and compare.

    Args:
        client: the domain.
        probe: ``query`` and ``field``, with ``finds`` and ``not_finds``: texts that are, or must not be, in that
            field of a hit.
        index: index or alias to search, whatever the probe names.
    """
    search = _Search(client, index, probe["field"], probe["query"])
    finds, not_finds = tuple(probe.get("finds", ())), tuple(probe.get("not_finds", ()))
    return ProbeResult(
        query=probe["query"],
        index=index,
        field=probe["field"],
        finds=finds,
        not_finds=not_finds,
        hits=search.hits,
        missing=tuple(text for text in finds if not search.finds(text)),
        unwanted=tuple(text for text in not_finds if search.finds(text)),
    )


class _Search:
    """One query and its first page; further documents are asked for by their text."""

    def __init__(self, client: SearchClient, index: str, field: str, query: str) -> None:
        self._client = client
        self._path = path_of(index, "_search")
        self._field = field
        self._match = {"match": {field: {"query": query}}}
        answer = self._ask(self._match)
        self.hits = int(answer["hits"]["total"]["value"])
        self._texts = list(self._texts_of(answer))

    def finds(self, text: str) -> bool:
        """Whether a hit has the text, as whole words in whatever case, in the field."""
        if _among(text, self._texts):
            return True
        if self.hits <= _PAGE:
            return False
        narrowed = {"bool": {"must": [self._match], "filter": [{"match_phrase": {self._field: text}}]}}
        return _among(text, list(self._texts_of(self._ask(narrowed))))

    def _ask(self, query: Mapping[str, Any]) -> Any:
        body = {"size": _PAGE, "track_total_hits": True, "_source": [self._field], "query": query}
        return self._client.read(self._path, body)

    def _texts_of(self, answer: Mapping[str, Any]) -> Iterator[str]:
        for hit in answer["hits"]["hits"]:
            yield from _values(hit.get("_source", {}), self._field.split("."))


def _values(source: Any, path: Sequence[str]) -> Iterator[str]:
    """The texts at a path of a document, through lists and objects."""
    if isinstance(source, list):
        for one in source:
            yield from _values(one, path)
    elif not path:
        yield str(source)
    elif isinstance(source, Mapping):
        for length in range(1, len(path) + 1):  # "a.b" may also be written as one key
            if (key := ".".join(path[:length])) in source:
                yield from _values(source[key], path[length:])


def _among(text: str, texts: Sequence[str]) -> bool:
    words = r"\s+".join(re.escape(word) for word in text.split())
    pattern = re.compile(rf"(?<!\w){words}(?!\w)", re.IGNORECASE)
    return any(pattern.search(one) for one in texts)
