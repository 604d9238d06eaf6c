"""Names and ARNs of RDS resources: which are well-formed, and how an ARN is read.

Constraints: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html
"""

from __future__ import annotations

import re
from base64 import b32encode
from dataclasses import dataclass

from moto.moto_api._internal import mock_random as random
from moto.rds.exceptions import InvalidParameterValue

WELL_FORMED = re.compile(r"[a-zA-Z](?:-?[a-zA-Z0-9])*", re.ASCII)
ARN = re.compile(
    r"arn:(?P<partition>[\w-]+):rds:(?P<region>[\w-]+):(?P<account>\d{12}):(?P<kind>[\w-]+):(?P<name>.+)"
)


RESOURCE_ID_LENGTH = 26


def new_resource_id(prefix: str) -> str:
    """Return an identifier that a resource keeps for life, e.g. "db-ABCDEFGHIJKLMNOPQRSTUVWXYZ"."""
    drawn = bytes(random.randrange(256) for _ in range(RESOURCE_ID_LENGTH))
    return f"{prefix}-{b32encode(drawn).decode()[:RESOURCE_ID_LENGTH]}"


@dataclass(frozen=True)
class Arn:
    """The parts of an RDS ARN; the name may itself hold colons ("rds:orders-2024-01-01-00-00")."""

    partition: str
    region: str
    account: str
    kind: str
    name: str


def parse_arn(text: str) -> Arn | None:
    """Return the parts of an RDS ARN, or None where the text is none."""
    match = ARN.fullmatch(text)
    return Arn(**match.groupdict()) if match else None


def check_identifier(parameter: str, value: str, *, longest: int = 63) -> str:
    """Return the identifier in lower case, as AWS stores it.

    Raises InvalidParameterValue in AWS's words, named after the request parameter, for a malformed one.
    """
    if not value:
        raise InvalidParameterValue(f"The parameter {parameter} must be provided and must not be blank.")
    if len(value) > longest:
        raise InvalidParameterValue(
            f"The parameter {parameter} is not a valid identifier because it is longer than {longest} "
            "characters."
        )
    if not WELL_FORMED.fullmatch(value):
        raise InvalidParameterValue(
            f"The parameter {parameter} is not a valid identifier. Identifiers must begin with a letter; "
            "must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or "
            "contain two consecutive hyphens."
        )
    return value.lower()


def check_new_tags(tags: list[dict[str, str]] | None) -> None:
    """Refuse tags in AWS's namespace; text from github.com/cloud-custodian/cloud-custodian/issues/6782."""
    if any(tag["Key"].lower().startswith("aws:") for tag in tags or []):
        raise InvalidParameterValue("Tag keys cannot start with the reserved prefix: aws:")
