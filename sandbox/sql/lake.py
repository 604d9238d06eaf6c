"""Objects as files that DuckDB opens when it needs them, counting what it reads.

An object's name here carries the values of its partition, so that DuckDB itself leaves out the files that a
condition excludes, however deep in a query: `lake://SCAN/KEY=VALUE/.../BUCKET%2FKEY`.
"""

from __future__ import annotations

import gzip
import io
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol
from urllib.parse import quote

import fsspec

from sandbox.objects import Content, ObjectError, Objects, Stored
from sandbox.sql.catalogue import DEFAULT_PARTITION
from sandbox.sql.json_keys import Spelling

PROTOCOL = "lake"
PIECE = 4 << 20
"""Bytes handed out at once where they are worked on first: it bounds the memory of a reader."""
MARGIN = 64 << 10


@dataclass(frozen=True)
class LakeFile:
    """An object as one file of a scan; `spelling` is that of the keys of lines of JSON."""

    stored: Stored
    name: str
    spelling: Spelling | None = None

    @property
    def zipped(self) -> bool:
        """Whether it is unzipped here, because its text is worked on; DuckDB unzips the others."""
        return self.spelling is not None and self.stored.key.endswith(".gz")


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
        with gzip.open(_Stream(content)) as unzipped:
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


class _Stream(io.RawIOBase):
    """A source as Python's own files are; `count` is told from where to where it is read."""

    def __init__(self, source: Source, count: Callable[[int, int], None] | None = None) -> None:
        super().__init__()
        self._source = source
        self._count = count
        self._at = 0
        self._sought = False

    def seek(self, offset: int, whence: int = 0) -> int:
        self._sought = True
        self._at = offset + (0, self._at, self._source.size)[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int | None = -1) -> bytes:
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
        return True

    def seekable(self) -> bool:
        return True


class Lake(fsspec.AbstractFileSystem):  # type: ignore[misc] # fsspec has no types
    """The files of all scans of one statement.

    `scanned` counts the bytes that were read while `counting`, each once; `problem` is the first error that kept
    an object from being read, since DuckDB passes on no more than its text.
    """

    protocol = PROTOCOL
    cachable = False

    def __init__(
        self, objects: Objects, limit: int | None = None, exceeded: Callable[[], None] = lambda: None
    ) -> None:
        """Serve what a principal may read; call `exceeded` once more than `limit` bytes were read."""
        super().__init__()
        self.objects = objects
        self._limit = limit
        self._exceeded = exceeded
        self.scanned = 0
        self.counting = False
        self.problem: ObjectError | None = None
        self._scans: list[list[str]] = []
        self._files: dict[str, LakeFile] = {}
        self._zipped: dict[str, Unzipped] = {}
        self._covered: dict[str, Covered] = {}
        self._fine: dict[str, set[tuple[int, int]]] = {}
        self._lock = threading.Lock()

    def add(self, files: Iterable[tuple[Stored, Mapping[str, str]]], spelling: Spelling | None = None) -> str:
        """Make objects, each with the values of its partition, the files of a new scan; return its pattern."""
        scan = len(self._scans)
        names = []
        for stored, values in files:
            folders = "".join(f"{key}={_folder(value)}/" for key, value in values.items())
            name = f"{PROTOCOL}://{scan}/{folders}{quote(f'{stored.bucket}/{stored.key}', safe='')}"
            self._files[name] = LakeFile(stored, name, spelling)
            names.append(name)
        self._scans.append(names)
        return f"{PROTOCOL}://{scan}/**"

    def open(self, path: str, mode: str = "rb", **_: Any) -> io.RawIOBase:
        """Open a file for reading; PermissionError for any other mode."""
        if mode != "rb":
            raise PermissionError(f"{path} can be read only")
        file = self._files[path]
        content = self._content(file)
        count = partial(self._count, file.name)
        if file.spelling is None:
            return _Stream(content, count)
        fine = self._fine.setdefault(path, set())
        if file.zipped:
            count(0, content.size)
            return _Stream(Respelt(self._unzipped(file, content), file.spelling, fine))
        return _Stream(Respelt(content, file.spelling, fine), count)

    def beginning(self, stored: Stored, size: int) -> bytes:
        """Return the first bytes of an object, unzipped; nothing where it cannot be read."""
        try:
            content = _Stream(self.objects.open(stored.bucket, stored.key))
        except ObjectError:
            return b""
        with gzip.open(content) if stored.key.endswith(".gz") else content as stream:
            return bytes(stream.read(size))

    def glob(self, path: str, **_: Any) -> Sequence[str]:
        """List the files of a scan, or the one that is named."""
        if path in self._files:
            return [path]
        return self._scans[int(path.removeprefix(f"{PROTOCOL}://").partition("/")[0])]

    def exists(self, path: str, **_: Any) -> bool:
        """Tell whether there is such a file."""
        return path in self._files

    def isfile(self, path: str) -> bool:
        """Tell whether there is such a file."""
        return path in self._files

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        """Describe a file; the size of one that is unzipped here is what DuckDB will read."""
        file = self._files[path]
        size = self._unzipped(file, self._content(file)).size if file.zipped else file.stored.size
        return {"name": path, "size": size, "type": "file"}

    def modified(self, path: str) -> Any:
        """Return when the object was written."""
        return self._files[path].stored.modified

    def _content(self, file: LakeFile) -> Content:
        try:
            return self.objects.open(file.stored.bucket, file.stored.key)
        except ObjectError as error:
            with self._lock:
                self.problem = self.problem or error
            raise

    def _unzipped(self, file: LakeFile, content: Content) -> Unzipped:
        with self._lock:
            if file.name not in self._zipped:
                self._zipped[file.name] = Unzipped(content)
            return self._zipped[file.name]

    def _count(self, name: str, begin: int, end: int) -> None:
        if not self.counting:
            return
        with self._lock:
            self.scanned += self._covered.setdefault(name, Covered()).add(begin, end)
            over = self._limit is not None and self.scanned > self._limit
        if over:
            self._exceeded()


def _folder(value: str) -> str:
    """Spell a partition's value so that DuckDB reads it back; it takes NULL in any case for a null."""
    if value == DEFAULT_PARTITION:
        return "NULL"
    if value.upper() == "NULL":
        return "".join(f"%{ord(character):02X}" for character in value)
    return quote(value, safe="")
