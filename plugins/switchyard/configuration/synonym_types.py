"""Types of single values in the configuration of a synonym refresh."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from switchyard.aurora_recovery.names import valid_identifier
from switchyard.configuration.types import Section, pattern
from switchyard.errors import BadInput

LONGEST_PACKAGE_NAME = 28
"""Characters; the older API of the service, which many policies are written for, refuses more (botocore, es)."""

_PACKAGE_NAME = re.compile(r"[a-z][a-z0-9-]{2,}")
_WORDLESS = ("lowercase", "asciifolding")


class StopWords(Section):
    """A filter that drops words before synonyms are looked for."""

    stop: tuple[str, ...]


def valid_package_name(field: str, value: str) -> str:
    """Return a package name that OpenSearch Service accepts through both of its APIs.

    Raises:
        BadInput: It is too long, too short or holds other characters.
    """
    if len(value) > LONGEST_PACKAGE_NAME:
        raise BadInput(
            field,
            value,
            f"it has {len(value)} characters, {LONGEST_PACKAGE_NAME} fit",
            f"Use 3 to {LONGEST_PACKAGE_NAME} characters.",
        )
    if not _PACKAGE_NAME.fullmatch(value):
        raise BadInput(
            field,
            value,
            "it is no package name",
            f"Use 3 to {LONGEST_PACKAGE_NAME} lower-case letters, digits and hyphens, a letter first.",
        )
    return value


def _named(value: str) -> str:
    return valid_package_name("", value)


def _source_id(value: str) -> str:
    return valid_identifier("", value)


def _filter(value: object) -> object:
    """Take a filter's name, or stop with its words: one error, whatever it is instead."""
    if value in _WORDLESS:
        return value
    if isinstance(value, dict) and list(value) == ["stop"]:
        return StopWords(stop=tuple(map(_stop_word, _words(value["stop"]))))
    raise BadInput(
        "",
        value,
        "no filter of this name can stand before the synonyms",
        "Write lowercase, asciifolding, or {stop: [WORDS]}; declare what the index really has.",
    )


def _words(value: object) -> list[object]:
    if isinstance(value, list) and value:
        return value
    raise BadInput("stop", value, "it is no list of words", "Write stop: [the, a].")


def _stop_word(value: object) -> str:
    if isinstance(value, str) and value.strip():
        return value
    raise BadInput("stop", value, "it is no word", "Put words such as on and no in quotation marks.")


_FILTER_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"enum": list(_WORDLESS)},
        {
            "type": "object",
            "additionalProperties": False,
            "required": ["stop"],
            "properties": {"stop": {"type": "array", "items": {"type": "string"}, "minItems": 1}},
        },
    ]
}

Filter = Annotated[Any, BeforeValidator(_filter), WithJsonSchema(_FILTER_SCHEMA)]
PackageName = Annotated[str, AfterValidator(_named)]
PackageId = Annotated[
    str,
    pattern(
        r"[FG][0-9]+|pkg-[a-f0-9]+",
        "it is no package id",
        "Copy it from the OpenSearch console, F and digits; or leave it out, the name is enough.",
    ),
]
DomainName = Annotated[
    str,
    pattern(
        r"[a-z][a-z0-9-]{2,27}",
        "it is no domain name",
        "Write the domain's name, 3 to 28 lower-case characters; not its endpoint or ARN.",
    ),
]
IndexName = Annotated[
    str,
    pattern(
        r"[a-z0-9][a-z0-9_.-]{0,99}",
        "it is no index name",
        "Write one index or alias in lower case, without wildcards.",
    ),
]
FieldName = Annotated[
    str,
    pattern(r"[A-Za-z_][\w.@-]{0,199}", "it is no field name", "Write one field, without boost or wildcard."),
]
SourceId = Annotated[str, AfterValidator(_source_id)]
Statement = Annotated[
    str,
    pattern(
        r"(?!.*\.\.)[A-Za-z0-9_][\w-]*\.sql",
        "it is no SQL file",
        "Write the name of a file in include/sql/synonym_refresh/mysql or postgres, such as article.sql.",
    ),
]
Locale = Annotated[
    str,
    pattern(
        r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*",
        "it is no locale",
        "Write what the rows have in their column locale, such as en or en-GB.",
    ),
]
AssetName = Annotated[
    str,
    pattern(r"[\x21-\x7e]{1,250}", "it is no asset name", "Write the asset's name, without spaces."),
]
