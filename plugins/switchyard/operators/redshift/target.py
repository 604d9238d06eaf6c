"""Where statements go: a workgroup of Redshift Serverless or a provisioned cluster, and who sends them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from switchyard.errors import BadInput


@dataclass(frozen=True)
class Target:
    """A database of a warehouse.

    Attributes:
        workgroup: of Redshift Serverless, or
        cluster_id: of a provisioned cluster.
        database: its database.
        db_user: of a cluster, for temporary credentials of that user; else the caller's role has a user of its own.
        secret_arn: a login of the warehouse instead of temporary credentials.
    """

    database: str
    workgroup: str | None = None
    cluster_id: str | None = None
    db_user: str | None = None
    secret_arn: str | None = None

    def __post_init__(self) -> None:
        if bool(self.workgroup) == bool(self.cluster_id):
            raise _refused("workgroup", self.workgroup, "a warehouse is either a workgroup or a cluster")
        if self.db_user and (self.workgroup or self.secret_arn):
            raise _refused("db_user", self.db_user, "only temporary credentials of a cluster have it")

    @classmethod
    def of(cls, warehouse: Mapping[str, Any]) -> Target:
        """The target of a section ``warehouse``, which may say more than where statements go."""
        return cls(**{name: warehouse.get(name) for name in cls.__dataclass_fields__})  # type: ignore[arg-type]

    def arguments(self) -> dict[str, str]:
        """What the Data API wants to know of it."""
        named = {
            "Database": self.database,
            "WorkgroupName": self.workgroup,
            "ClusterIdentifier": self.cluster_id,
            "DbUser": self.db_user,
            "SecretArn": self.secret_arn,
        }
        return {name: value for name, value in named.items() if value}

    def __str__(self) -> str:
        return f"{self.workgroup or self.cluster_id}/{self.database}"


def _refused(field: str, value: object, problem: str) -> BadInput:
    return BadInput(
        f"warehouse.{field}", value, problem, "Name workgroup, or cluster_id and db_user where it has one"
    )
