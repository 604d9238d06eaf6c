"""How wide rules may become."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Terms that one term may expand to, all rules taken together.

    Attributes:
        warn_expansions: More than this are told.
        max_expansions: More than this are refused: Lucene fails a search that becomes more than 1,024 words.
    """

    warn_expansions: int = 100
    max_expansions: int = 500
