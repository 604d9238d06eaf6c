"""Describe answers cut down to the fields that somebody waits on.

A hundred clusters take botocore 50 ms to parse, in which the triggerer does nothing else; their names and
statuses take 5 ms. What surrounds the list of resources, such as the marker of the next page, is left to
botocore.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from xml.parsers import expat

from switchyard.waiting.requests import ResourceKind

_ITEM = 2
_FIELD = 3


def read_only(client: Any, kind: ResourceKind, fields: Collection[str]) -> None:
    """Make a client answer the kind's describe with these fields of each resource, as text.

    Args:
        client: a botocore or aiobotocore client of a service that answers in XML.
        kind: what it describes.
        fields: names of the fields to keep; may grow while the client is in use.
    """
    opening, closing = f"<{kind.result_key}>".encode(), f"</{kind.result_key}>".encode()

    def excerpt(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any) -> None:
        before, found, rest = response_dict["body"].partition(opening)
        if response_dict["status_code"] >= 300 or not found:
            return
        items, _, after = rest.rpartition(closing)
        customized_response_dict[kind.result_key] = _fields_of(opening + items + closing, fields)
        response_dict["body"] = before + after

    operation = client.meta.method_to_api_mapping[kind.operation]
    client.meta.events.register(f"before-parse.{kind.service}.{operation}", excerpt)


def _fields_of(document: bytes, wanted: Collection[str]) -> list[dict[str, str]]:
    """Read the wanted fields of each element below the root; a field without text is left out.

    Expat's events instead of a tree: thousands of short-lived nodes would set off the garbage collector of a
    process as large as the triggerer.
    """
    items: list[dict[str, str]] = []
    text: list[str] = []
    depth = 0
    parser = expat.ParserCreate()

    def start(name: str, _: Any) -> None:
        nonlocal depth
        depth += 1
        if depth == _ITEM:
            items.append({})
        elif depth == _FIELD and name in wanted:
            parser.CharacterDataHandler = text.append

    def end(name: str) -> None:
        nonlocal depth
        if depth == _FIELD and name in wanted:
            parser.CharacterDataHandler = None
            if text:
                items[-1][name] = "".join(text)
                text.clear()
        depth -= 1

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.Parse(document, True)
    return items
