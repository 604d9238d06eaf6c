"""Synonym maps of an index's filters, read as OpenSearch reads them."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sandbox.search.engine.grammar import parse, rejection
from sandbox.search.engine.lucene import java, lucene
from sandbox.search.errors import IllegalArgument, RulesRejected

FAILED = "Failed to build synonyms"
"""All that OpenSearch tells its callers about a bad rule; the rest goes to its log."""

_JAVA_BLANKS = "".join(map(chr, range(0x21)))
log = logging.getLogger(__name__)


def synonym_map(settings: Mapping[str, Any], before: Any, config: Path) -> Any:
    """Build the map of a synonym filter.

    Args:
        settings: the filter's settings.
        before: analyzer of the filters in front of it.
        config: the folder that `synonyms_path` is relative to.

    Raises:
        IllegalArgument: the file is not there, or Lucene does not take its rules.
    """
    reader = _rules(settings, config)
    expand = flag(settings, "expand", default=True)
    wordnet = str(settings.get("format", "")).lower() == "wordnet"
    try:
        if flag(settings, "lenient", default=False) and not wordnet:
            return _parse_leniently(reader, before, expand=expand).build()
        return parse(reader, before, expand=expand, wordnet=wordnet).build()
    except RulesRejected as rejected:
        log.warning("%s: %s", FAILED, rejected)
        raise IllegalArgument(FAILED) from None


def flag(settings: Mapping[str, Any], name: str, *, default: bool) -> bool:
    """Read a boolean setting, which may be a string."""
    return str(settings.get(name, default)).lower() == "true"


def _rules(settings: Mapping[str, Any], config: Path) -> Any:
    if "synonyms" in settings:
        chosen = settings["synonyms"]
        lines = [chosen] if isinstance(chosen, str) else chosen
        text = java("java.io.StringReader")("".join(f"{line}\n" for line in lines))
        return java("java.io.BufferedReader")(text)
    if "synonyms_path" not in settings:
        raise IllegalArgument("synonym requires either `synonyms` or `synonyms_path` to be configured")
    path = (config / str(settings["synonyms_path"])).resolve()
    if not (path.is_relative_to(config.resolve()) and path.is_file()):
        raise IllegalArgument("IOException while reading synonyms_path_path: file not readable")
    files, utf8 = java("java.nio.file.Files"), java("java.nio.charset.StandardCharsets").UTF_8
    return files.newBufferedReader(java("java.nio.file.Paths").get(str(path)), utf8)


def _parse_leniently(reader: Any, before: Any, *, expand: bool) -> Any:
    """Read rules as OpenSearch's lenient parser does: pairs with a term that cannot be analyzed are left out.

    Its two overridden methods cannot be written from here, so a line that Lucene refuses is read once more
    without the terms that it refuses.
    """
    parser = lucene("analysis.synonym.SolrSynonymParser")(True, expand, before)
    for line in _lines(reader):
        try:
            parser.parse(java("java.io.StringReader")(line))
        except java("java.text.ParseException") as error:
            cured = _without_bad_terms(line, parser, expand=expand)
            if cured is None:
                raise rejection(error) from None
            parser.parse(java("java.io.StringReader")(cured))
    return parser


def _lines(reader: Any) -> Iterator[str]:
    try:
        while (line := reader.readLine()) is not None:
            yield str(line)
    except java("java.io.IOException") as error:
        raise rejection(error) from None


def _without_bad_terms(line: str, parser: Any, *, expand: bool) -> str | None:
    """Leave out the terms that cannot be analyzed; None where the line itself is malformed."""
    sides = [_split(side, ",") for side in _split(line, "=>")]
    if len(sides) > 2:
        return None
    if len(sides) < 2:
        sides = [_split(line, ",")]
    good = [[term for term in side if _analyzes(term, parser)] for side in sides]
    first_is_gone = len(sides) == 1 and good[0][:1] != sides[0][:1]
    if not all(good) or (first_is_gone and not expand):
        return ""
    cured = "=>".join(",".join(side) for side in good)
    return f",{cured}" if cured.startswith("#") else cured  # it was no comment, and must not become one


def _split(text: str, separator: str) -> list[str]:
    """Split at separators that no backslash escapes, and drop empty pieces, escapes left as they are."""
    pieces = re.findall(rf"{separator}|((?:\\.|(?!{separator}).)+)", text, re.DOTALL)
    return [piece for piece in pieces if piece]


def _analyzes(term: str, parser: Any) -> bool:
    plain = re.sub(r"\\(.)", r"\1", term, flags=re.DOTALL).strip(_JAVA_BLANKS)
    try:
        parser.analyze(plain, lucene("util.CharsRefBuilder")())
    except java("java.lang.IllegalArgumentException"):
        return False
    return True
