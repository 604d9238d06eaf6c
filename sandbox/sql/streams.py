"""What DuckDB reads from: the bytes of an object, unzipped or respelt on the way, and which of them were read."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import tempfile
from collections.abc import Callable
from typing import Protocol

from sandbox.objects import Content
from sandbox.sql.json_keys import Spelling

PIECE = 4 << 20
"""Bytes handed out at once where they are worked on first: it bounds the memory of a reader."""
MARGIN = 64 << 10


class Source(Protocol):
    """Bytes that can be read from anywhere."""

    size: int

    def read_at(self, offset: int, size: int) -> bytes:
        """Return at most `size` bytes from `offset` on."""
        ...


class Unzipped:
    """The content of a gzipped object, in a nameless file."""

    def __init__(self, content: Content) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 -- it lives as long as the statement
        with gzip.open(Stream(content)) as unzipped:
            shutil.copyfileobj(unzipped, self._file, PIECE)
        self.size = self._file.tell()
        self._file.flush()

    def read_at(self, offset: int, size: int) -> bytes:
        """Return at most `size` bytes from `offset` on."""
        return os.pread(self._file.fileno(), size, offset)


class Respelt:
    """Lines of JSON with their keys in one spelling.

    `fine` holds the parts that need no change, since a statement may read a table more than once.
    """

    def __init__(self, source: Source, spelling: Spelling, fine: set[tuple[int, int]]) -> None:
        self._source = source
        self._spelling = spelling
        self._fine = fine
        self.size = source.size

    def read_at(self, offset: int, size: int) -> bytes:
        """Return at most `size` bytes from `offset` on, having looked at the whole lines they belong to."""
        size = min(size, PIECE, self.size - offset)
        if size <= 0:
            return b""
        begin = self._line_before(offset)
        end = self._line_after(offset + size)
        text = self._source.read_at(begin, end - begin)
        if (begin, end) not in self._fine:
            respelt = self._spelling.apply(text)
            if respelt is text:
                self._fine.add((begin, end))
            text = respelt
        return text[offset - begin : offset - begin + size]

    def _line_before(self, offset: int) -> int:
        """Return where the line that holds `offset` begins."""
        while offset > 0:
            begin = max(0, offset - MARGIN)
            found = self._source.read_at(begin, offset - begin).rfind(b"\n")
            if found >= 0:
                return begin + found + 1
            offset = begin
        return 0

    def _line_after(self, offset: int) -> int:
        """Return where the line ends that holds the byte before `offset`."""
        if self._source.read_at(offset - 1, 1) == b"\n":
            return offset
        while offset < self.size:
            piece = self._source.read_at(offset, MARGIN)
            found = piece.find(b"\n")
            if found >= 0:
                return offset + found + 1
            offset += len(piece)
        return self.size


class Covered:
    """The parts of a file that were read, however often."""

    def __init__(self) -> None:
        self._parts: list[tuple[int, int]] = []
        self.size = 0

    def add(self, begin: int, end: int) -> int:
        """Add a part, and return how many bytes of it are new."""
        merged: list[tuple[int, int]] = []
        for first, last in sorted([*self._parts, (begin, end)]):
            if merged and first <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
            else:
                merged.append((first, last))
        before, self._parts = self.size, merged
        self.size = sum(last - first for first, last in merged)
        return self.size - before


class Stream(io.RawIOBase):
    """A source as Python's own files are; `count` is told from where to where it is read."""

    def __init__(self, source: Source, count: Callable[[int, int], None] | None = None) -> None:
        super().__init__()
        self._source = source
        self._count = count
        self._at = 0
        self._sought = False

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place, as told from the beginning, from here or from the end, and return it."""
        self._sought = True
        self._at = offset + (0, self._at, self._source.size)[whence]
        return self._at

    def tell(self) -> int:
        """Return the place in bytes."""
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        """Return at most `size` bytes, to the end where it is negative."""
        wanted = self._source.size if size is None or size < 0 else size
        begin = self._at
        pieces = [self._next(wanted)]
        # DuckDB asks again where it reads on, but takes what it gets from a place of its own for all there is.
        while self._sought and pieces[-1] and self._at - begin < wanted:
            pieces.append(self._next(wanted - (self._at - begin)))
        self._sought = False
        if self._count is not None and self._at > begin:
            self._count(begin, self._at)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _next(self, size: int) -> bytes:
        piece = self._source.read_at(self._at, size)
        self._at += len(piece)
        return piece

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def seekable(self) -> bool:
        """Tell that it can be read from anywhere."""
        return True
