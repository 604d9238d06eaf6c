"""Partitions of an external table: which folders an unload made, and what must change in the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from switchyard.errors import CheckFailed

Values = tuple[str, ...]
"""Values of the partition columns, in their order."""


@dataclass(frozen=True)
class Flip:
    """What makes an external table read other folders: partitions with their new locations, and those to drop."""

    added: Mapping[Values, str]
    moved: Mapping[Values, str]
    dropped: tuple[Values, ...]


def partitions_of(location: str, columns: Sequence[str], urls: Iterable[str]) -> dict[Values, str]:
    """Find the folder of each partition among the files of an unload.

    Args:
        location: the folder that was unloaded to, ``s3://bucket/folder/``.
        columns: partition columns in their order.
        urls: the files.

    Raises:
        CheckFailed: a file does not lie in folders ``column=value`` in that order, or no statement can name a value.
    """
    found: dict[Values, str] = {}
    for url in urls:
        folders = url.removeprefix(location).split("/")[:-1]
        pairs = [folder.partition("=") for folder in folders]
        if [name for name, _, _ in pairs] != list(columns):
            raise CheckFailed(
                f"reading the partitions of {location}",
                f"{url} does not lie in folders of {', '.join(columns)}",
                "Look at the partition columns of the configuration, then clear this task",
            )
        values = tuple(unquote(value) for _, _, value in pairs)
        for column, value in zip(columns, values, strict=True):
            _require_plain(location, column, value)
        found[values] = location + "/".join(folders) + "/"
    return found


def _require_plain(location: str, column: str, value: str) -> None:
    """Partitions are named in statements that take no parameters."""
    if "\\" in value or not value.isprintable():
        raise CheckFailed(
            f"reading the partitions of {location}",
            f"{column} has a value with a backslash or a control character, {value!r}",
            "Partition by another column, or correct the rows at the source; readers see what was published before",
        )


def flip(present: Mapping[Values, str], wanted: Mapping[Values, str]) -> Flip:
    """Compare the partitions that the catalogue has with those that it should have."""
    return Flip(
        added={values: folder for values, folder in wanted.items() if values not in present},
        moved={
            values: folder
            for values, folder in wanted.items()
            if values in present and present[values].rstrip("/") != folder.rstrip("/")
        },
        dropped=tuple(sorted(present.keys() - wanted.keys())),
    )
