"""The manifest that UNLOAD leaves: which files it wrote, and how many rows each holds.

Source: https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html, "MANIFEST [VERBOSE]".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from switchyard.errors import CheckFailed

_AGAIN = "Clear this task: it unloads into a folder of its own"


@dataclass(frozen=True)
class File:
    """A file of an unload: its URL, bytes and rows."""

    url: str
    size: int
    rows: int


@dataclass(frozen=True)
class Manifest:
    """What an unload wrote; `sha256` is that of the manifest itself."""

    files: tuple[File, ...]
    rows: int
    sha256: str

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(one.size for one in self.files)


def read_manifest(location: str, content: bytes) -> Manifest:
    """Read a verbose manifest.

    Args:
        location: the folder that was unloaded to, ``s3://bucket/folder/``.
        content: the manifest.

    Raises:
        CheckFailed: it is no verbose manifest, contradicts itself, or names a file elsewhere.
    """
    what = f"reading the manifest of {location}"
    try:
        data = json.loads(content)
        files = tuple(
            File(one["url"], int(one["meta"]["content_length"]), int(one["meta"]["record_count"]))
            for one in data["entries"]
        )
        rows = int(data["meta"]["record_count"])
    except (ValueError, KeyError, TypeError) as error:
        raise CheckFailed(
            what, f"it is no verbose manifest ({type(error).__name__}: {error})", _AGAIN
        ) from error
    if elsewhere := [one.url for one in files if not one.url.startswith(location)]:
        raise CheckFailed(what, f"it names {elsewhere[0]}, which is not in that folder", _AGAIN)
    if sum(one.rows for one in files) != rows:
        raise CheckFailed(
            what, f"its files hold {sum(one.rows for one in files)} rows, its total is {rows}", _AGAIN
        )
    return Manifest(files, rows, hashlib.sha256(content).hexdigest())


def require_whole(location: str, manifest: Manifest, *, counted: int, sizes: Mapping[str, int]) -> None:
    """Hold a manifest against what the warehouse counted and what lies in S3.

    Args:
        location: the folder that was unloaded to.
        manifest: what was unloaded.
        counted: rows that the warehouse counted in the same transaction.
        sizes: bytes of the objects in the folder, by URL; the manifest itself left out.

    Raises:
        CheckFailed: rows or files are missing, or there are more.
    """
    what = f"checking what was unloaded to {location}"
    if manifest.rows != counted:
        raise CheckFailed(what, f"the manifest counts {manifest.rows} rows, the warehouse {counted}", _AGAIN)
    named = {one.url: one.size for one in manifest.files}
    if differing := sorted(url for url in named.keys() | sizes.keys() if named.get(url) != sizes.get(url)):
        url = differing[0]
        raise CheckFailed(
            what,
            f"{url} has {sizes.get(url, 'no')} bytes in S3 and {named.get(url, 'no')} in the manifest",
            _AGAIN,
        )
