"""What Lucene makes of synonym rules: the far end of the oracle."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sandbox.search.engine.components import Component, analyzer
from sandbox.search.engine.lucene import java, lucene
from sandbox.search.errors import RulesRejected

Chain = Mapping[str, Any]
_LINE = re.compile(r"Invalid synonym rule at line (\d+)")


def chain_of(chain: Chain) -> Any:
    """Build the analyzer of {"tokenizer": name, "filters": [name or {name: [stop words]}]}."""
    filters = []
    for declared in chain.get("filters", ()):
        if isinstance(declared, str):
            filters.append(Component(declared))
        else:
            filters += [Component(name, {"stopwords": words}) for name, words in declared.items()]
    return analyzer(Component(chain.get("tokenizer", "standard")), filters)


def accepts(lines: Sequence[str], chain: Chain) -> list[str | None]:
    """Read each text as a file of its own; None where Lucene takes it, else what it says."""
    before = chain_of(chain)
    return [_problem(line, before) for line in lines]


def _problem(text: str, before: Any) -> str | None:
    try:
        parse(java("java.io.StringReader")(text), before)
    except RulesRejected as rejected:
        return rejected.problem
    except UnicodeEncodeError:
        return "not a text that UTF-8 can hold"
    return None


def parse(reader: Any, before: Any, *, expand: bool = True, wordnet: bool = False) -> Any:
    """Read rules with Lucene's own parser and return it, ready to build its map.

    Args:
        reader: Java's reader of the rules.
        before: analyzer of the chain in front of the synonyms.
        expand: whether terms of a group stand for each other, or all for the first.
        wordnet: whether the rules are in WordNet's format and not in Solr's.

    Raises:
        RulesRejected: Lucene does not take them.
    """
    name = "WordnetSynonymParser" if wordnet else "SolrSynonymParser"
    parser = lucene(f"analysis.synonym.{name}")(True, expand, before)
    try:
        parser.parse(reader)
    except java("java.lang.Exception") as error:
        raise rejection(error) from None
    return parser


def rejection(error: Any) -> RulesRejected:
    """Take Java's error apart: the parser's own names the line, its cause the problem."""
    cause = error.getCause() or error
    found = _LINE.search(str(error.getMessage()))
    problem = str(cause.getMessage() or cause.getClass().getSimpleName())
    return RulesRejected(problem, int(found[1]) if found else 0)


def rules(text: str, chain: Chain) -> dict[str, Any]:
    """Build the map of a text and list it as {input: [outputs, whether the input is kept]}.

    Words of a term are joined by spaces. A rejected text is {"": [problem, line]} instead.
    """
    try:
        parser = parse(java("java.io.StringReader")(text), chain_of(chain))
    except RulesRejected as rejected:
        return {"": [rejected.problem, rejected.line]}
    return dict(_entries(parser.build()))


def _entries(synonyms: Any) -> Iterator[tuple[str, list[Any]]]:
    if synonyms.fst is None:
        return
    scratch = lucene("util.BytesRef")()
    found = lucene("util.fst.IntsRefFSTEnum")(synonyms.fst)
    while (entry := found.next()) is not None:
        term = "".join(
            map(chr, entry.input.ints[entry.input.offset : entry.input.offset + entry.input.length])
        )
        keeps, places = _decode(entry.output)
        outputs = [str(synonyms.words.get(place, scratch).utf8ToString()) for place in places]
        yield _spaced(term), [[_spaced(output) for output in outputs], keeps]


def _decode(output: Any) -> tuple[bool, list[int]]:
    """Read a map's entry: how many outputs, with the lowest bit saying that the input goes, then their places."""
    data = lucene("store.ByteArrayDataInput")(output.bytes, output.offset, output.length)
    head = data.readVInt()
    return head & 1 == 0, [data.readVInt() for _ in range(head >> 1)]


def _spaced(term: str) -> str:
    return term.replace("\0", " ")


def analyse(terms: Sequence[str], chain: Chain) -> list[list[tuple[str, int]]]:
    """Give the tokens of each term, with their position increments."""
    before = chain_of(chain)
    return [_tokens(before, term) for term in terms]


def _tokens(before: Any, term: str) -> list[tuple[str, int]]:
    stream = before.tokenStream("", term)
    text = stream.addAttribute(lucene("analysis.tokenattributes.CharTermAttribute").class_)
    step = stream.addAttribute(lucene("analysis.tokenattributes.PositionIncrementAttribute").class_)
    stream.reset()
    found = []
    while stream.incrementToken():
        found.append((str(text.toString()), int(step.getPositionIncrement())))
    stream.end()
    stream.close()
    return found


OPERATIONS = {"accepts": accepts, "rules": rules, "analyse": analyse}
