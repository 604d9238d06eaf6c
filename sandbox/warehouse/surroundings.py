"""What a warehouse needs of the cloud around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from sandbox.glue.catalogue import GlueCatalogue
from sandbox.objects import Objects


class Surroundings(Protocol):
    """The cloud as a cluster or namespace sees it.

    Where `role_arns` are several, each assumes the next and the last one acts. What a role is not attached for,
    or may not do, raises sandbox.warehouse.errors.RedshiftError with Redshift's words.
    """

    def objects(self, role_arns: Sequence[str]) -> Objects:
        """Return S3 as the last of the roles sees it."""

    def catalogue(self, role_arns: Sequence[str]) -> GlueCatalogue:
        """Return Glue's tables as the last of the roles sees them."""

    def secret(self, secret_arn: str, role_arn: str) -> Mapping[str, Any]:
        """Return the parsed JSON of a secret, read as the role."""

    def route(self, host: str, port: int) -> tuple[str, int]:
        """Return where the bearer of a DNS name listens on this machine."""

    def roles(self) -> set[str]:
        """Return the ARNs of the attached roles."""

    def default_role(self) -> str | None:
        """Return the ARN that IAM_ROLE default means, if one is set."""

    def now(self) -> datetime:
        """Return the time, with a time zone."""
