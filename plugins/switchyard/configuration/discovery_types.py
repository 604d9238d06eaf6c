"""Types of single values in the configuration of a sensitive-data discovery."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from pydantic import AfterValidator

from switchyard.configuration.types import pattern
from switchyard.errors import BadInput

LONGEST_REGEX = 512
"""Characters (botocore, CreateCustomDataIdentifier)."""

_UNSUPPORTED = re.compile(r"\(\?(?:[=!]|<[=!])|\\[1-9]")


def _regex(value: str) -> str:
    """Take what Macie takes: no look-around, no back-reference (Macie user guide, "Regex support")."""
    if len(value) > LONGEST_REGEX:
        raise BadInput(
            "", value, f"it has {len(value)} characters, {LONGEST_REGEX} fit", "Write a shorter one."
        )
    if _UNSUPPORTED.search(value):
        raise BadInput(
            "", value, "Macie knows no look-around and no back-references", "Write it without them."
        )
    try:
        re.compile(value)
    except re.error as error:
        raise BadInput("", value, f"it is no regular expression: {error}", "Correct it.") from error
    return value


def _day(value: str) -> str:
    try:
        date.fromisoformat(value)
    except ValueError:
        raise BadInput("", value, "it is no day", "Write YYYY-MM-DD in quotation marks.") from None
    return value


Regex = Annotated[str, AfterValidator(_regex)]
Day = Annotated[str, AfterValidator(_day)]
Keyword = Annotated[
    str,
    pattern(r"(?s).{3,90}", "a keyword has 3 to 90 characters", "Write a longer word, or leave it out."),
]
IgnoreWord = Annotated[
    str, pattern(r"(?s).{4,90}", "a word to ignore has 4 to 90 characters", "Write a longer one.")
]
IdentifierName = Annotated[
    str,
    pattern(
        r"[\w .:-]{1,128}",
        "it is no name of an identifier",
        "Use 1 to 128 letters, digits, spaces, dots, colons, hyphens and underscores.",
    ),
]
ManagedId = Annotated[
    str,
    pattern(
        r"[A-Z][A-Z0-9_()]{1,99}",
        "it is no managed data identifier",
        "Write its id in capitals, such as PHONE_NUMBER; Macie's user guide lists them.",
    ),
]
AllowListId = Annotated[
    str,
    pattern(r"[a-z0-9]{22}", "it is no id of an allow list", "Copy the 22 characters from Macie."),
]
ReplicationTaskId = Annotated[
    str,
    pattern(
        r"[A-Za-z](?:-?[A-Za-z0-9]){0,254}",
        "it is no identifier of a replication task",
        "Write the task's identifier, not its ARN.",
    ),
]
Schema = Annotated[
    str,
    pattern(
        r"[^\x00/]{1,128}", "it is no schema name", "Write one schema; % stands for any characters in it."
    ),
]
TableName = Annotated[
    str,
    pattern(
        r"[^\x00/]{1,128}",
        "it is no table name",
        "Write one table or view; % stands for any characters in it.",
    ),
]
ColumnName = Annotated[
    str, pattern(r"[^\x00]{1,128}", "it is no column name", "Write one column, or * where any may be meant.")
]
Workgroup = Annotated[
    str,
    pattern(r"[\w.-]{1,128}", "it is no workgroup name", "Write the name of an Athena workgroup."),
]
GlueDatabase = Annotated[
    str,
    pattern(
        r"[a-z0-9_]{1,128}",
        "it is no name of a Glue database",
        "Use lower-case letters, digits and underscores: Athena quotes other names differently in each statement.",
    ),
]
