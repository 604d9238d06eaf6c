"""Objects as files that DuckDB opens when it needs them, counting what it reads.

An object's name here carries the values of its partition, so that DuckDB itself leaves out the files that a
condition excludes, however deep in a query: `lake://SCAN/KEY=VALUE/.../BUCKET%2FKEY`.
"""

from __future__ import annotations

import gzip
import io
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

import fsspec

from sandbox.objects import Content, ObjectError, Objects, Stored
from sandbox.sql.catalogue import DEFAULT_PARTITION
from sandbox.sql.json_keys import Spelling
from sandbox.sql.streams import Covered, Respelt, Stream, Unzipped

PROTOCOL = "lake"


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
            return Stream(content, count)
        fine = self._fine.setdefault(path, set())
        if file.zipped:
            count(0, content.size)
            return Stream(Respelt(self._unzipped(file, content), file.spelling, fine))
        return Stream(Respelt(content, file.spelling, fine), count)

    def beginning(self, stored: Stored, size: int) -> bytes:
        """Return the first bytes of an object, unzipped; nothing where it cannot be read."""
        try:
            content = Stream(self.objects.open(stored.bucket, stored.key))
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
