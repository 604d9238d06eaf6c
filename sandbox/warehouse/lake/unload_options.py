"""Reading UNLOAD.

Source: https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sandbox.warehouse.errors import SYNTAX_ERROR, RedshiftError
from sandbox.warehouse.lake.options import Options, read_options, separator, text
from sandbox.warehouse.reading import Reader
from sandbox.warehouse.text import read

Format = Literal["parquet", "csv", "json", "text"]
UNITS = {"MB": 1 << 20, "GB": 1 << 30}
SMALLEST_FILE, LARGEST_FILE = 5 * UNITS["MB"], int(6.2 * UNITS["GB"])
ROW_GROUP = 32 * UNITS["MB"]
SUFFIXES = {"gzip": ".gz", "bzip2": ".bz2", "zstd": ".zst"}
OF_TEXT = ("delimiter", "header", "add_quotes", "escape", "null")


@dataclass(frozen=True)
class Unload:
    """The statement; sizes in bytes, texts as they were written."""

    query: str
    target: str
    roles: tuple[str, ...]
    format: Format = "text"
    keys: tuple[str, ...] = ()
    include: bool = False
    manifest: bool = False
    verbose: bool = False
    header: bool = False
    delimiter: str = ""
    add_quotes: bool = False
    escape: bool = False
    null: str | None = None
    allow_overwrite: bool = False
    clean_path: bool = False
    parallel: bool = True
    size: int = LARGEST_FILE
    region: str | None = None
    compression: str = "none"
    encrypted: bool = False
    as_the_bucket: bool = False
    kms_key: str | None = None
    extension: str | None = None

    @property
    def suffix(self) -> str:
        """What the names of files end with."""
        if self.extension is not None:
            return f".{self.extension}"
        return ".parquet" if self.format == "parquet" else SUFFIXES.get(self.compression, "")

    @property
    def between(self) -> str:
        """What stands between the fields of a line."""
        return self.delimiter or ("," if self.format == "csv" else "|")


def read_unload(statement: str) -> Unload:
    """Read the statement; RedshiftError where it is none, or its options do not go together."""
    reader = Reader(read(statement))
    reader.expect("UNLOAD", "(")
    query = reader.text()
    reader.expect(")", "TO")
    target = reader.text()
    roles, found = read_options(reader, "UNLOAD", OPTIONS)
    unload = Unload(query, target, roles, **found)
    _check(unload)
    return unload


def _partition(reader: Reader) -> Mapping[str, Any]:
    reader.expect("BY")
    return {"keys": tuple(reader.names()), "include": reader.take("INCLUDE")}


def _manifest(reader: Reader) -> Mapping[str, Any]:
    return {"manifest": True, "verbose": reader.take("VERBOSE")}


def _parallel(reader: Reader) -> Mapping[str, Any]:
    on = reader.take("ON") or reader.take("TRUE")
    return {"parallel": on or not (reader.take("OFF") or reader.take("FALSE"))}


def size(reader: Reader) -> int:
    """Read a size and return its bytes; megabytes unless another unit is named."""
    reader.take("AS")
    number = reader.number()
    unit = reader.next.upper if reader.next.upper in UNITS else "MB"
    reader.take(unit)
    return int(number * UNITS[unit])


def _max_size(reader: Reader) -> Mapping[str, Any]:
    return {"size": size(reader)}


def _row_group(reader: Reader) -> Mapping[str, Any]:
    size(reader)
    return {}


def _encrypted(reader: Reader) -> Mapping[str, Any]:
    return {"encrypted": True, "as_the_bucket": bool(reader.take("AUTO"))}


OPTIONS: Options = {
    "PARQUET": lambda _: {"format": "parquet"},
    "CSV": lambda _: {"format": "csv"},
    "JSON": lambda _: {"format": "json"},
    "PARTITION": _partition,
    "MANIFEST": _manifest,
    "HEADER": lambda _: {"header": True},
    "DELIMITER": separator("delimiter"),
    "ADDQUOTES": lambda _: {"add_quotes": True},
    "ESCAPE": lambda _: {"escape": True},
    "NULL": text("null"),
    "ALLOWOVERWRITE": lambda _: {"allow_overwrite": True},
    "CLEANPATH": lambda _: {"clean_path": True},
    "PARALLEL": _parallel,
    "MAXFILESIZE": _max_size,
    "ROWGROUPSIZE": _row_group,
    "REGION": text("region"),
    "GZIP": lambda _: {"compression": "gzip"},
    "BZIP2": lambda _: {"compression": "bzip2"},
    "ZSTD": lambda _: {"compression": "zstd"},
    "ENCRYPTED": _encrypted,
    "KMS_KEY_ID": text("kms_key"),
    "EXTENSION": text("extension"),
}


def _check(unload: Unload) -> None:
    if unload.clean_path and unload.allow_overwrite:
        raise _together("CLEANPATH", "ALLOWOVERWRITE")
    if unload.format in {"parquet", "json"}:
        for name in OF_TEXT:
            if getattr(unload, name):
                raise _together(name.replace("_", "").upper(), unload.format.upper())
    if unload.format == "parquet" and unload.compression != "none":
        raise _together(unload.compression.upper(), "PARQUET")
    if unload.kms_key and unload.as_the_bucket:
        raise _together("KMS_KEY_ID", "ENCRYPTED AUTO")
    if unload.kms_key and not unload.encrypted:
        raise RedshiftError("KMS_KEY_ID is supported only with ENCRYPTED", SYNTAX_ERROR)
    if not SMALLEST_FILE <= unload.size <= LARGEST_FILE:
        raise RedshiftError("MAXFILESIZE must be between 5 MB and 6.2 GB", "22023")


def _together(one: str, other: str) -> RedshiftError:
    return RedshiftError(f"{one} is not supported with {other} for UNLOAD", SYNTAX_ERROR)
