"""Sorting of more lines than should be held in memory."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

MOST_LINES = 250_000
MOST_CHARACTERS = 24_000_000
"""How much is held before it is written out; as objects of Python it is two to four times as large."""


class Runs:
    """Sorted runs of lines on disk."""

    def __init__(self, folder: Path) -> None:
        """Start without runs, in a folder of their own that need not exist."""
        self._folder = folder
        self._paths: list[Path] = []

    def __bool__(self) -> bool:
        return bool(self._paths)

    def write(self, lines: list[str]) -> None:
        """Sort lines without line feeds, and write them as a run."""
        self._folder.mkdir(exist_ok=True)
        path = self._folder / f"{len(self._paths):06}"
        lines.sort()
        source = iter(lines)
        with path.open("w", encoding="utf-8", newline="\n") as file:
            while block := list(islice(source, 10_000)):
                file.write("\n".join(block) + "\n")
        self._paths.append(path)

    def merge(self) -> Iterator[str]:
        """Give the lines of all runs in the order of their code points."""
        return heapq.merge(*map(_read, self._paths))


class SortedLines:
    """Takes lines in any order and gives them back in the order of their code points."""

    def __init__(
        self, folder: Path, *, most_lines: int | None = None, most_characters: int | None = None
    ) -> None:
        """Start without lines.

        Args:
            folder: Where runs go that do not fit into memory; it need not exist.
            most_lines: Lines to hold in memory.
            most_characters: Characters to hold in memory.
        """
        self._most_lines = most_lines or MOST_LINES
        self._most_characters = most_characters or MOST_CHARACTERS
        self._held: list[str] = []
        self._characters = 0
        self._runs = Runs(folder)

    def add(self, lines: Sequence[str]) -> None:
        """Take lines, none of which may hold a line feed."""
        self._held += lines
        self._characters += sum(map(len, lines))
        if len(self._held) >= self._most_lines or self._characters >= self._most_characters:
            self._runs.write(self._held)
            self._held = []
            self._characters = 0

    def drain(self) -> Iterator[str]:
        """Give all lines sorted; after it, nothing is held."""
        held, self._held = self._held, []
        if not self._runs:
            held.sort()
            return iter(held)
        self._runs.write(held)
        del held
        return self._runs.merge()


def _read(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            yield line[:-1]
