"""Words as Lucene's StandardTokenizer finds them: UAX #29 with emoji, and each ideograph a word by itself.

Every character is given the letter of its class (`word_classes`), and regular expressions over these letters find
the words: at each place the longest, be it of text or of emoji.

Sources: https://unicode.org/reports/tr29/ (the rules), https://unicode.org/reports/tr51/ (emoji).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from switchyard.synonyms.word_classes import CLASSES

MAX_WORD = 255
"""Longest word of the tokenizer, in UTF-16 units; a longer one is cut."""

# The rules for ASCII alone, which most terms are.
_ASCII_LETTERS = r"[A-Za-z](?:_*+[A-Za-z]|[.:'][A-Za-z])*"
_ASCII_DIGITS = r"[0-9](?:_*+[0-9]|[.,;'][0-9])*"
_ASCII_RUN = rf"(?:{_ASCII_LETTERS}|{_ASCII_DIGITS})+"
_ASCII_WORD = re.compile(rf"_*+{_ASCII_RUN}(?:_+{_ASCII_RUN})*_*")

# A character and what is attached to it, which changes no boundary inside a word.
_UNIT = re.compile(r"(.)[XZVvCTts]*")

_LETTERS = r"[AaH](?:_*(?:[Aa]|H(?!Q|DH))|[LBQ][AaH])*"
_DIGITS = r"[Nn](?:(?:_*|[UBQ])[Nn])*"
_RUN = rf"(?:K(?:_*K)*|(?:H(?:Q|DH)|{_DIGITS}|{_LETTERS})+)"
_WORD = re.compile(rf"_*+{_RUN}(?:_+{_RUN})*_*")

_ATTACHED = "[XZCTts]*"
_FLAG = "R[XZVvCTts]*R[XZVvCTts]*"
_KEYCAP = f"[nk]{_ATTACHED}V?C{_ATTACHED}"
_PICTURE = f"(?:b{_ATTACHED}M{_ATTACHED}|[Eab]{_ATTACHED}(?:VT+t|V)?)"
_TONE = f"M{_ATTACHED}"
_JOINED = f"(?:Z+{_PICTURE}|(?<=Z)(?:{_PICTURE}|{_TONE})|Z{_TONE})"
_SPACELESS = "[Ss][SXZVvCTts]*"
_IDEOGRAPH = "I[XZVvCTts]*"
_ALONE = re.compile(
    f"{_FLAG}|{_KEYCAP}|(?:Z*{_PICTURE}|{_TONE}){_JOINED}*|{_SPACELESS}|{_IDEOGRAPH}"
)  # fmt: skip


def standard_words(text: str) -> list[str]:
    """Cut a text into the words that the standard tokenizer makes of it, in their order."""
    words = _ASCII_WORD.findall(text) if text.isascii() else _cut(text)
    return words if len(text) <= MAX_WORD // 2 else cut_long(words, MAX_WORD)


def cut_long(words: list[str], most: int) -> list[str]:
    """Cut words longer than a tokenizer takes at once, counted in UTF-16 units, into pieces."""
    if all(len(word) <= most // 2 for word in words):
        return words
    return [piece for word in words for piece in _pieces(word, most)]


def _pieces(word: str, most: int) -> Iterator[str]:
    units = word.encode("utf-16-le", "surrogatepass")
    for at in range(0, len(units), 2 * most):
        yield units[at : at + 2 * most].decode("utf-16-le", "replace")


def _cut(text: str) -> list[str]:
    classes = text.translate(CLASSES)
    spans = [match.span() for match in _UNIT.finditer(classes)]
    units = "".join([classes[start] for start, _ in spans])
    unit_at = {start: number for number, (start, _) in enumerate(spans)}
    found = []
    here = 0
    while here < len(classes):
        end = here
        if here in unit_at and (word := _WORD.match(units, unit_at[here])):
            end = spans[word.end() - 1][1]
        if alone := _ALONE.match(classes, here):
            end = max(end, alone.end())
        if end > here:
            found.append(text[here:end])
        here = max(end, here + 1)
    return found
