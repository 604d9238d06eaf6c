"""The Solr format of synonym rules, read exactly as the search engine reads it.

Source: org.apache.lucene.analysis.synonym.SolrSynonymParser, whose behaviour the tests compare line by line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from switchyard.errors import SwitchyardError
from switchyard.synonyms.analysis import Chain

_TRIMMED = "".join(map(chr, range(0x21)))
_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True)
class ParsedLine:
    """A line of a rule file.

    Attributes:
        explicit: Whether it has an arrow with something on both sides.
        left: Terms of the left side; all terms where there is no arrow.
        right: Terms of the right side, empty where there is no arrow.
    """

    explicit: bool
    left: tuple[str, ...]
    right: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether the search engine accepts the line and does nothing with it."""
        return not self.left or (len(self.left) < 2 and not self.explicit)


class LineError(SwitchyardError, ValueError):
    """A line or term that cannot stand in a rule file: the search engine would refuse the whole file for it.

    Attributes:
        code: One word for it, as in reports.
        term: The term at fault, None where the line as a whole is.
        reason: What is wrong.
    """

    def __init__(self, code: str, term: str | None, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.term = term
        self.reason = reason

    def __reduce__(self) -> tuple[type[LineError], tuple[str, str | None, str]]:
        return type(self), (self.code, self.term, self.reason)


def lines(text: str) -> list[str]:
    """Cut a file into lines as the search engine does: at LF, CR and CRLF alone."""
    found = _LINE_END.split(text)
    return found[:-1] if found[-1] == "" else found


def parse_line(line: str, chain: Chain) -> ParsedLine:
    """Read a line, and have its terms analysed as the search engine does.

    Raises:
        LineError: The search engine would refuse the file for it.
    """
    parsed = split_line(line)
    for term in (*parsed.left, *parsed.right):
        require_words(term, chain)
    return parsed


def split_line(line: str) -> ParsedLine:
    """Read a line without a look at its terms; a comment and an empty line hold none.

    Raises:
        LineError: It has more than one arrow.
    """
    if not line or line.startswith("#"):
        return ParsedLine(explicit=False, left=())
    sides = _pieces(line, "=>")
    if len(sides) > 2:
        raise LineError("TWO_ARROWS", None, "the line has more than one arrow =>")
    if len(sides) < 2:
        return ParsedLine(explicit=False, left=_terms(line))
    return ParsedLine(explicit=True, left=_terms(sides[0]), right=_terms(sides[1]))


def require_words(term: str, chain: Chain) -> None:
    """Refuse a term of which the analysis leaves nothing, or words with a gap.

    Raises:
        LineError: The search engine would refuse the term.
    """
    if chain.key(term) is not None:
        return
    tokens = chain.analyse(term)
    dropped = ", ".join(f'"{word}"' for word in dict.fromkeys(chain.dropped(term)))
    gap = next((token.text for token in tokens if token.step != 1), None)
    if gap is not None and all(token.text for token in tokens):
        reason = f'the search engine drops {dropped}, which leaves a gap before "{gap}"'
        raise LineError("POSITION_GAP", term, reason)
    if dropped:
        raise LineError("NOT_ANALYZABLE", term, f"it has nothing but stop words: {dropped}")
    if not term:
        raise LineError("NOT_ANALYZABLE", term, "there is nothing but white space")
    raise LineError("NOT_ANALYZABLE", term, "the search engine finds no word in it")


def _terms(side: str) -> tuple[str, ...]:
    return tuple(unescape(piece).strip(_TRIMMED) for piece in _pieces(side, ","))


def _pieces(text: str, separator: str) -> list[str]:
    """Cut at a separator that no backslash precedes; pieces without a character are left out."""
    if "\\" not in text:
        return [piece for piece in text.split(separator) if piece]
    found = [""]
    here = 0
    while here < len(text):
        if text.startswith(separator, here):
            found.append("")
            here += len(separator)
        else:
            width = 2 if text[here] == "\\" else 1
            found[-1] += text[here : here + width]
            here += width
    return [piece for piece in found if piece]


def unescape(piece: str) -> str:
    """Take away each backslash that protects a character; one at the end stays."""
    return re.sub(r"\\(.)", r"\1", piece, flags=re.DOTALL)


def write_line(left: Iterable[str], right: Iterable[str] = ()) -> str:
    """Write a rule of terms that are escaped already."""
    sides = [", ".join(left), ", ".join(right)]
    return " => ".join(side for side in sides if side)
