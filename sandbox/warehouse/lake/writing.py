"""Files of a query's rows as objects: under which names, and what of that which is there already goes or forbids it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.sql.catalogue import Column as HiveColumn
from sandbox.sql.scans import partition_path
from sandbox.warehouse.errors import RedshiftError
from sandbox.warehouse.external.lake_tables import in_redshifts_words
from sandbox.warehouse.lake.authorization import Place
from sandbox.warehouse.lake.files import Part
from sandbox.warehouse.lake.unload_options import Unload

if TYPE_CHECKING:
    from sandbox.objects import Objects

NOT_EMPTY = (
    "Specified unload destination on S3 is not empty. Consider using a different bucket / prefix, manually "
    "removing the target files in S3, or using the ALLOWOVERWRITE option."
)


@dataclass(frozen=True)
class Stored:
    """An object that was written: where, its bytes, its records, and the values of its partition."""

    url: str
    size: int
    records: int
    values: tuple[str, ...]


def store(store: Objects, target: Place, parts: Sequence[Part], unload: Unload) -> list[Stored]:
    """Put files under the target's prefix, one after the other: what was written stays where a later one fails."""
    keys = [HiveColumn(one, "string") for one in unload.keys]
    named = [
        (part, f"{target.key}{partition_path(keys, part.values)}{_name(part, unload)}") for part in parts
    ]
    with in_redshifts_words():
        _make_room(store, target, _touched(target, keys, parts, unload), unload)
        return [_put(store, target, key, part, unload) for part, key in named]


def _name(part: Part, unload: Unload) -> str:
    stem = f"0000_part_{part.number:02}" if unload.parallel else f"{part.number:03}"
    return f"{stem}{unload.suffix}"


def _touched(target: Place, keys: Sequence[HiveColumn], parts: Sequence[Part], unload: Unload) -> set[str]:
    """Return the beginnings of keys below which nothing may be."""
    if not unload.keys:
        return {target.key}
    folders = {f"{target.key}{partition_path(keys, part.values)}" for part in parts}
    return folders | ({f"{target.key}manifest"} if unload.manifest else set())


def _make_room(store: Objects, target: Place, folders: Iterable[str], unload: Unload) -> None:
    """Remove what CLEANPATH removes, which is in folders that receive files alone, or refuse to overwrite."""
    if unload.allow_overwrite:
        return
    for folder in folders:
        for one in store.list(target.bucket, folder):
            if not unload.clean_path:
                raise RedshiftError(NOT_EMPTY)
            store.delete(target.bucket, one.key)


def _put(store: Objects, target: Place, key: str, part: Part, unload: Unload) -> Stored:
    put(store, target.bucket, key, part.path.read_bytes(), unload)
    return Stored(target.url(key), part.size, part.records, part.values)


def put(store: Objects, bucket: str, key: str, content: bytes, unload: Unload) -> None:
    """Put an object, encrypted as the statement says."""
    how = None if unload.as_the_bucket else "aws:kms" if unload.kms_key else "AES256"
    store.write(bucket, key, content, sse=how, kms_key=unload.kms_key)


def scratch(folder: str) -> Path:
    """Return the folder, not there yet, for a statement's files within one of its own."""
    return Path(folder) / "unloaded"
