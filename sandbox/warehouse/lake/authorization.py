"""Who acts on S3 for UNLOAD and COPY, and where on S3.

Source: https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-authorization.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.warehouse.errors import NOT_SUPPORTED, RedshiftError
from sandbox.warehouse.external import access

if TYPE_CHECKING:
    from sandbox.objects import Objects
    from sandbox.warehouse.reading import Reader
    from sandbox.warehouse.session import Session

PLACE = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<key>.*))?", re.DOTALL)
KEYS = ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN", "ACCESS_KEY")


@dataclass(frozen=True)
class Place:
    """A place on S3: a bucket, and an object's key or the beginning of some."""

    bucket: str
    key: str

    def url(self, key: str) -> str:
        """Return an object of the bucket as "s3://bucket/key"."""
        return f"s3://{self.bucket}/{key}"


def place(url: str) -> Place:
    """Split "s3://bucket/key"; RedshiftError for anything else."""
    found = PLACE.fullmatch(url)
    if found is None:
        raise RedshiftError(f"Invalid S3 location: {url}", "22023")
    return Place(found["bucket"], found["key"] or "")


def read_roles(reader: Reader) -> tuple[str, ...] | None:
    """Read the clause that says who acts, where it comes next."""
    if reader.take("IAM_ROLE"):
        return ("default",) if reader.take("DEFAULT") else tuple(reader.text().split(","))
    if reader.take("CREDENTIALS") or reader.take("WITH", "CREDENTIALS"):
        reader.take("AS")
        name, _, role = reader.text().partition("=")
        if name.strip().lower() != "aws_iam_role":
            raise RedshiftError("the sandbox knows no access keys: name an IAM role", NOT_SUPPORTED)
        return tuple(role.split(","))
    if reader.next.upper in KEYS:
        raise RedshiftError("the sandbox knows no access keys: name an IAM role", NOT_SUPPORTED)
    return None


def objects(session: Session, roles: tuple[str, ...]) -> Objects:
    """Return S3 as the last of a chain of roles sees it."""
    surroundings = session.warehouse.surroundings
    return surroundings.objects(access.roles(surroundings, roles))


def check_region(session: Session, store: Objects, bucket: str, asked: str | None) -> None:
    """Refuse a bucket of another Region that the statement does not name."""
    region = store.region_of(bucket)
    if region != (asked or session.warehouse.region):
        problem = "The bucket you are attempting to access must be addressed using the specified endpoint."
        raise RedshiftError(
            f"S3ServiceException:{problem},Status 301,Error PermanentRedirect,Region {region}"
        )
