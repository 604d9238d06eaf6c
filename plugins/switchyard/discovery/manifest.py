"""The list of what a load has written: keys, ETags and sizes, taken from a listing, without reading an object."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from switchyard.discovery.names import table_folder

EXTENSION = "parquet"


@dataclass(frozen=True)
class ExtractObject:
    """One object of the extract, and the table whose rows it holds."""

    key: str
    etag: str
    size: int
    schema: str
    table: str


@dataclass(frozen=True)
class Manifest:
    """All objects of an extract, sorted by key."""

    objects: tuple[ExtractObject, ...]

    @property
    def size(self) -> int:
        """Bytes in S3."""
        return sum(one.size for one in self.objects)

    @property
    def sha256(self) -> str:
        """Hash of keys, ETags and sizes: the evidence that outlives the extract."""
        text = json.dumps([[one.key, one.etag, one.size] for one in self.objects], ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def as_dict(self) -> dict[str, Any]:
        """The manifest as JSON holds it."""
        return {"sha256": self.sha256, "size": self.size, "objects": [vars(one) for one in self.objects]}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Manifest:
        """The manifest that ``as_dict`` made."""
        return cls(tuple(ExtractObject(**one) for one in stored["objects"]))


def read_listing(
    listing: Iterable[Mapping[str, Any]], *, folder: str, tables: Iterable[tuple[str, str]]
) -> tuple[Manifest, list[str]]:
    """Make the manifest of a listing.

    Args:
        listing: ``Contents`` of ListObjectsV2, all pages.
        folder: the endpoint's BucketFolder, with its slash.
        tables: schema and table of all that was loaded.

    Returns:
        The manifest, and the keys that belong to no loaded table.
    """
    owners = {table_folder(folder, *table): table for table in tables}
    objects, strange = [], []
    for one in listing:
        key = str(one["Key"])
        owner = owners.get(key[: key.rfind("/") + 1])
        if owner is None or not key.endswith(f".{EXTENSION}"):
            strange.append(key)
        else:
            objects.append(ExtractObject(key, str(one["ETag"]).strip('"'), int(one["Size"]), *owner))
    return Manifest(tuple(sorted(objects, key=lambda one: one.key))), strange


def missing(manifest: Manifest, rows: Mapping[tuple[str, str], int]) -> list[str]:
    """Tables with rows and no object; DMS writes none for an empty table, so that those are not missed."""
    return [f"{schema}.{table}" for schema, table in _without(manifest, rows) if rows[schema, table] > 0]


def unfounded(manifest: Manifest, rows: Mapping[tuple[str, str], int]) -> list[str]:
    """Tables without a row that have objects all the same: something else wrote them."""
    found = {(one.schema, one.table) for one in manifest.objects}
    return [f"{schema}.{table}" for schema, table in sorted(found) if rows.get((schema, table)) == 0]


def _without(manifest: Manifest, rows: Mapping[tuple[str, str], int]) -> Iterator[tuple[str, str]]:
    yield from sorted(rows.keys() - {(one.schema, one.table) for one in manifest.objects})


def batches(objects: Sequence[dict[str, str]], size: int = 1000) -> Iterator[list[dict[str, str]]]:
    """Objects in such numbers as DeleteObjects takes, at most a thousand at once."""
    for first in range(0, len(objects), size):
        yield list(objects[first : first + size])
