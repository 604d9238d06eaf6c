"""One index: its settings, its fields, and its documents in Lucene's memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.search.engine import settings as names
from sandbox.search.engine.analysis import Analysis
from sandbox.search.engine.lucene import java, lucene
from sandbox.search.engine.mapping import Fields, index_analyzer, lucene_document, merge
from sandbox.search.errors import IndexNotFound

MAX_RESULT_WINDOW = 10_000


@dataclass(frozen=True)
class Document:
    """A document as written last, whether searches see it yet or not."""

    source: dict[str, Any]
    version: int
    number: int


class Index:
    """An index; thread-safe. Its files, names and who may see it are the cluster's business."""

    def __init__(
        self, name: str, uuid: str, settings: names.Flat, mapping: Mapping[str, Any], config: Path
    ) -> None:
        """Open an empty index.

        Raises:
            IllegalArgument: an analyzer cannot be built.
            MappingRefused: a field's mapping is not one.
        """
        self.name = name
        self.uuid = uuid
        self.settings = settings
        self.closed = False
        self.created_at = time.time()
        self._config = config
        self._lock = threading.RLock()
        self.analysis = self._analysis()
        self.fields = Fields(mapping, self.analysis)
        self.documents: dict[str, Document] = {}
        self._versions: dict[str, int] = {}
        self._number = 0
        self._unseen_since: float | None = None
        self._analyzers = java("java.util.concurrent.ConcurrentHashMap")()
        self._use_analyzers()
        self._writer = self._open_writer()
        self._searchers = lucene("search.SearcherManager")(self._writer, None)

    def __str__(self) -> str:
        return f"{self.name}/{self.uuid}"

    @property
    def shards(self) -> int:
        """How many primary shards it has, as far as answers say; the documents lie in one place."""
        return int(self.settings["index.number_of_shards"])

    @property
    def replicas(self) -> int:
        """How many copies each shard is to have."""
        return int(self.settings["index.number_of_replicas"])

    @property
    def max_result_window(self) -> int:
        """How deep a search may page."""
        return int(self.settings.get("index.max_result_window", MAX_RESULT_WINDOW))

    def blocked(self) -> bool:
        """Tell whether writes are blocked."""
        return any(self.settings.get(f"index.blocks.{kind}") == "true" for kind in ("write", "read_only"))

    def write(self, identifier: str, source: dict[str, Any]) -> tuple[Document, bool]:
        """Write a document whole; tells whether it is new.

        Raises:
            IndexNotFound: the index is gone.
            MappingRefused: a new field does not fit.
        """
        with self._lock:
            self._check_there()
            self._learn(source)
            created = identifier not in self.documents
            version = self._versions.get(identifier, 0) + 1
            found = lucene_document(identifier, source, self.fields)
            self._writer.updateDocument(_identity(identifier), found)
            document = Document(source, version, self._number)
            self.documents[identifier] = document
            self._changed(identifier, version)
            return document, created

    def delete(self, identifier: str) -> Document | None:
        """Delete a document; None where there is none.

        Raises:
            IndexNotFound: the index is gone.
        """
        with self._lock:
            self._check_there()
            gone = self.documents.pop(identifier, None)
            if gone is None:
                return None
            self._writer.deleteDocuments([_identity(identifier)])
            deleted = Document({}, gone.version + 1, self._number)
            self._changed(identifier, deleted.version)
            return deleted

    def refresh(self) -> None:
        """Let searches see all that was written.

        Raises:
            IndexNotFound: the index is gone.
        """
        with self._lock:
            self._check_there()
            self._unseen_since = None
            self._searchers.maybeRefreshBlocking()

    @contextmanager
    def searcher(self) -> Iterator[Any]:
        """Lend Lucene's searcher on what searches may see.

        Raises:
            IndexNotFound: the index is gone.
        """
        found = self._acquire()
        try:
            yield found
        finally:
            self._searchers.release(found)

    def _acquire(self) -> Any:
        try:
            if self._refresh_is_due():
                self.refresh()
            return self._searchers.acquire()
        except lucene("store.AlreadyClosedException"):
            raise IndexNotFound(self.name) from None

    def visible(self) -> int:
        """Count the documents that searches see."""
        with self.searcher() as searcher:
            return int(searcher.getIndexReader().numDocs())

    def add_mapping(self, mapping: Mapping[str, Any]) -> None:
        """Add fields.

        Raises:
            MappingRefused: a field cannot change so.
        """
        with self._lock:
            self.fields = Fields(merge(self.fields.mapping, mapping), self.analysis)
            self._use_analyzers()

    def change_settings(self, change: names.Flat) -> None:
        """Change settings.

        Raises:
            IllegalArgument: one of them cannot change now, or ever.
        """
        with self._lock:
            names.check_change(change, str(self), closed=self.closed)
            self.settings = names.apply(self.settings, change)

    def reload(self) -> list[str]:
        """Read the rules of `updateable` filters again; see `Analysis.reload`."""
        with self._lock:
            return self.analysis.reload()

    def reopen(self) -> None:
        """Open after having been closed: everything is built from the settings and files of now.

        Raises:
            IllegalArgument: an analyzer cannot be built; the index stays closed.
            MappingRefused: likewise, where a field's analyzer has become one that cannot serve it.
        """
        with self._lock:
            analysis = self._analysis()
            fields = Fields(self.fields.mapping, analysis)
            self.analysis, self.fields = analysis, fields
            self._use_analyzers()
            self.closed = False

    def close(self) -> None:
        """Free Lucene's memory."""
        with self._lock:
            self._searchers.close()
            self._writer.close()

    def _check_there(self) -> None:
        if not self._writer.isOpen():
            raise IndexNotFound(self.name)

    def _analysis(self) -> Analysis:
        definitions = names.nest(self.settings).get("index", {}).get("analysis", {})
        return Analysis(definitions, self._config)

    def _open_writer(self) -> Any:
        default = index_analyzer(None, self.analysis).lucene
        by_field = lucene("analysis.miscellaneous.PerFieldAnalyzerWrapper")(default, self._analyzers)
        configuration = lucene("index.IndexWriterConfig")(by_field)
        return lucene("index.IndexWriter")(lucene("store.ByteBuffersDirectory")(), configuration)

    def _use_analyzers(self) -> None:
        for field in self.fields.texts():
            self._analyzers.put(field.name, index_analyzer(field, self.analysis).lucene)

    def _learn(self, source: Mapping[str, Any]) -> None:
        """Take up fields that a document brings."""
        if unknown := self.fields.unknown(source):
            self.add_mapping({"properties": unknown})

    def _changed(self, identifier: str, version: int) -> None:
        self._versions[identifier] = version
        self._number += 1
        if self._unseen_since is None:
            self._unseen_since = time.monotonic()

    def _refresh_is_due(self) -> bool:
        since = self._unseen_since
        interval = seconds(self.settings.get("index.refresh_interval", "1s"))
        return since is not None and interval >= 0 and time.monotonic() - since >= interval


def seconds(text: str) -> float:
    """Read a time value such as 500ms, 1s, 2m or -1."""
    for unit, factor in (("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0)):
        if text.endswith(unit):
            return float(text.removesuffix(unit)) * factor
    return float(text)


def _identity(identifier: str) -> Any:
    return lucene("index.Term")("_id", identifier)
