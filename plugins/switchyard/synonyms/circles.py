"""Circles among replacements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence


def find(targets: Mapping[str, Sequence[str]]) -> Iterator[list[str]]:
    """Give circles so that every term on some circle is on one of them, or is cut off by those before.

    The smallest term comes first in a circle. Memory is of the order of the graph's size.

    Args:
        targets: What each term is replaced by; targets that are not replaced themselves lead nowhere.
    """
    onward = {term: {it for it in leads if it in targets} for term, leads in targets.items()}
    sources: dict[str, list[str]] = defaultdict(list)
    for term, leads in onward.items():
        for lead in leads:
            sources[lead].append(term)
    _remove([term for term, leads in onward.items() if not leads], onward, sources)
    for start in sorted(onward):
        if start in onward:
            circle = _walk(start, onward)
            yield circle
            _remove(circle, onward, sources)


def _remove(terms: list[str], onward: dict[str, set[str]], sources: Mapping[str, list[str]]) -> None:
    """Take terms out, and then all that lead nowhere any more."""
    ends = list(terms)
    while ends:
        end = ends.pop()
        if onward.pop(end, None) is None:
            continue
        for source in sources.get(end, ()):
            if source in onward:
                onward[source].discard(end)
                if not onward[source]:
                    ends.append(source)


def _walk(start: str, onward: Mapping[str, set[str]]) -> list[str]:
    """Follow the smallest target of each until one comes again: every term left leads on."""
    path: dict[str, int] = {}
    here = start
    while here not in path:
        path[here] = len(path)
        here = min(onward[here])
    circle = list(path)[path[here] :]
    smallest = circle.index(min(circle))
    return circle[smallest:] + circle[:smallest]
