"""Indexes as a domain describes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from botocore.exceptions import ClientError

from switchyard.aws.error_table import Disposition, disposition
from switchyard.errors import StepFailed
from switchyard.search.client import SearchClient
from switchyard.search.index_body import META


@dataclass(frozen=True)
class Index:
    """One index.

    Attributes:
        name: its own name, also where it was found by an alias.
        aliases: names that lead to it.
        settings: its settings below `index`; values are text.
        mappings: its mappings.
    """

    name: str
    aliases: tuple[str, ...]
    settings: Mapping[str, Any]
    mappings: Mapping[str, Any]

    @property
    def origin(self) -> Mapping[str, Any]:
        """What a pipeline wrote down when it made the index; empty for what others made."""
        found: Mapping[str, Any] = self.mappings.get("_meta", {}).get(META, {})
        return found


def path_of(*parts: str) -> str:
    """A request's path from its parts, such as an index and an operation."""
    return "/" + "/".join(quote(part, safe="_-.*,:") for part in parts)


def find_indexes(client: SearchClient, name: str) -> list[Index]:
    """The indexes that a name, an alias or a pattern with `*` leads to."""
    try:
        answer = client.read(path_of(name))
    except ClientError as error:
        if disposition(error) is Disposition.ABSENT:
            return []
        raise
    return [
        Index(
            index,
            tuple(sorted(found.get("aliases", {}))),
            found.get("settings", {}).get("index", {}),
            found.get("mappings", {}),
        )
        for index, found in sorted(answer.items())
    ]


def find_index(client: SearchClient, name: str) -> Index | None:
    """The one index that a name or alias leads to, None where there is none.

    Raises:
        StepFailed: an alias leads to several.
    """
    found = find_indexes(client, name)
    if len(found) > 1:
        raise StepFailed(
            f"index {name}",
            f"it is an alias of {', '.join(one.name for one in found)}",
            "Let the alias lead to one index, the one that applications write to",
        )
    return found[0] if found else None
