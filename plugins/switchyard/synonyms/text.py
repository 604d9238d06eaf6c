"""The spelling of a term, and how it is written in a rule file."""

from __future__ import annotations

import re
import unicodedata

MAX_TERM = 255
"""Longest term, in UTF-16 units: the search engine cuts longer words in two, and the article's columns end there."""

_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u2060\u00ad"))
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
# Joiners belong to emoji and to some scripts; everything else of this category changes how a word is found.
_FORMAT = re.compile(r"[\u061c\u180e\u200e\u200f\u202a-\u202e\u2061-\u2064\u2066-\u206f\ufff9-\ufffb]")


def normalise(term: str) -> str:
    """Spell a term the one way in which it is compared and published.

    Invisible marks go, letters and their accents are composed (NFC), every run of white space becomes one space,
    and there is none at the ends.
    """
    if not term.isascii():
        term = unicodedata.normalize("NFC", term.translate(_INVISIBLE))
    return " ".join(term.split())


def escape(term: str) -> str:
    """Write a term so that the Solr format reads it back as it is: commas, arrows and backslashes protected."""
    written = term.replace("\\", "\\\\").replace(",", "\\,").replace("=>", "\\=>")
    return "\\" + written if written.startswith("#") else written


def control_character(term: str) -> str | None:
    """Find a line break or other control character inside a term; around it they are white space."""
    found = _CONTROL.search(term.translate(_INVISIBLE).strip())
    return found[0] if found else None


def half_character(term: str) -> str | None:
    """Find half of a surrogate pair, which UTF-8 cannot hold."""
    found = _SURROGATE.search(term)
    return found[0] if found else None


def invisible_character(term: str) -> str | None:
    """Find a character that nobody sees but that the search engine takes for a part of the word."""
    found = _FORMAT.search(term)
    return found[0] if found else None


def length(term: str) -> int:
    """Count the UTF-16 units of a term, as the search engine does."""
    return len(term) if term.isascii() else len(term) + sum(character > "\uffff" for character in term)


def shown(term: object, limit: int = 60) -> str:
    """Quote a value for a report: on one line, with what cannot be seen written as its code, cut when long."""
    text = term if isinstance(term, str) else repr(term)
    cut = text if len(text) <= limit else text[: limit - 3] + "..."
    return '"' + "".join(map(_visible, cut)) + '"'


def _visible(character: str) -> str:
    if character == " " or (character.isprintable() and not unicodedata.category(character).startswith("Z")):
        return character
    return f"<{name(character)}>"


def name(character: str) -> str:
    """Name a character for people: `line break`, `tab`, `NUL`, or its code as `U+200E`."""
    return _NAMES.get(character, f"U+{ord(character):04X}")


_NAMES = {
    "\n": "line break",
    "\r": "line break",
    "\u2028": "line break",
    "\u2029": "line break",
    "\x85": "line break",
    "\x0b": "line break",
    "\x0c": "page break",
    "\t": "tab",
    "\0": "NUL",
    "\u00a0": "no-break space",
}
