"""What a job looks for: a pattern, the words that must stand near, and what is let pass."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from sandbox.macie.checks import CHECKS

CUSTOM = "CUSTOM_IDENTIFIER"
SEVERITIES = ("LOW", "MEDIUM", "HIGH")


@dataclass(frozen=True)
class Detector:
    """One identifier, managed or custom.

    `pattern` must mean the same to RE2, which looks through columns, and to Python's `re` in ASCII mode, which
    looks at single values. `distance` is in characters: of a keyword on either side of the text, or only
    before it and to the text's end. `levels` are (occurrences, severity) in ascending order.
    """

    key: str
    name: str
    category: str
    pattern: str
    keywords: tuple[str, ...] = ()
    distance: int = 30
    either_side: bool = True
    ignore_words: tuple[str, ...] = ()
    check: str | None = None
    levels: tuple[tuple[int, str], ...] = ((1, "MEDIUM"),)

    @cached_property
    def plain(self) -> bool:
        """Whether the pattern alone decides."""
        return not self.ignore_words and self.check is None

    @cached_property
    def keyword_pattern(self) -> str:
        """What finds a whole keyword in a value, whatever its case and what joins its words."""
        return f"(?:^|[^0-9A-Za-z]){self._any_keyword}(?:$|[^0-9A-Za-z])"

    def severity(self, count: int) -> str | None:
        """Return the severity of so many occurrences; None where they are too few for a finding."""
        reached = [severity for least, severity in self.levels if count >= least]
        return reached[-1] if reached else None

    def named_by(self, names: Iterable[str]) -> bool:
        """Tell whether an element of a path holds a keyword, as whole words however they are joined."""
        texts = [_words(name) for name in names]
        return any(
            f" {wanted} " in f" {text} " or wanted.replace(" ", "") == text.replace(" ", "")
            for wanted in self._wanted
            for text in texts
        )

    def count(self, text: str, *, near: bool, allowed: Allowed) -> int:
        """Count the occurrences in a value; `near` asks for a keyword in the value itself."""
        return sum(
            self._counts(found.group())
            and not allowed.lets(found.group())
            and (not near or self._near(found))
            for found in self._compiled.finditer(text)
        )

    @cached_property
    def _any_keyword(self) -> str:
        return union([re.escape(word).replace(r"\ ", r"[\s_.-]*") for word in self.keywords])

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern, re.ASCII)

    @cached_property
    def _compiled_keywords(self) -> re.Pattern[str]:
        return re.compile(rf"(?<![0-9A-Za-z]){self._any_keyword}(?![0-9A-Za-z])", re.IGNORECASE)

    @cached_property
    def _wanted(self) -> tuple[str, ...]:
        return tuple(_words(word) for word in self.keywords)

    def _counts(self, text: str) -> bool:
        if any(word in text for word in self.ignore_words):
            return False
        return self.check is None or CHECKS[self.check](text)

    def _near(self, found: re.Match[str]) -> bool:
        for word in self._compiled_keywords.finditer(found.string):
            if word.end() <= found.start():
                end = found.start() if self.either_side else found.end()
                if end - word.end() <= self.distance:
                    return True
            elif self.either_side and 0 <= word.start() - found.end() <= self.distance:
                return True
        return False


@dataclass(frozen=True)
class Allowed:
    """What a job's allow lists let pass: texts that match a pattern whole, and words whatever their case."""

    patterns: tuple[re.Pattern[str], ...] = ()
    words: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.patterns or self.words)

    def lets(self, text: str) -> bool:
        """Tell whether the text is not to be reported."""
        return text.lower() in self.words or any(pattern.fullmatch(text) for pattern in self.patterns)


def union(patterns: Sequence[str]) -> str:
    """Return one pattern that matches where any of them does; empty for none."""
    return f"(?:{'|'.join(f'(?:{pattern})' for pattern in patterns)})" if patterns else ""


def _words(name: str) -> str:
    """Spell a name as words in lower case: cardNumber, card_number and CARD-NUMBER are "card number"."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Za-z])(?=\d)", " ", name)
    return " ".join(re.sub(r"[^0-9A-Za-z\u00c0-\uffff]+", " ", parted).lower().split())
