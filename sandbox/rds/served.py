"""What a database server stands behind: a cluster, or an instance that belongs to none."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from moto.ec2.models import ec2_backends
from moto.rds.exceptions import RDSClientError
from moto.rds.models import DBSubnetGroup, MasterUserSecret

from sandbox.rds.changing import Changing, Renamable
from sandbox.transitions import now

if TYPE_CHECKING:
    from sandbox.rds.models import SandboxRDSBackend

Backend = tuple[str, int]

RECOVERABLE = "inaccessible-encryption-credentials-recoverable"
INACCESSIBLE = "inaccessible-encryption-credentials"
GRACE = timedelta(days=7)
"""How long AWS waits for a key to come back."""


@dataclass(frozen=True)
class ServedKind:
    """What clusters and plain instances are called in durations and events, and when they can be snapshotted."""

    noun: str
    source_type: str
    stopped: str
    started: str
    snapshotted: tuple[str, ...] = ("available",)


CLUSTER = ServedKind("cluster", "db-cluster", "RDS-EVENT-0150", "RDS-EVENT-0151")
INSTANCE = ServedKind(
    "instance", "db-instance", "RDS-EVENT-0087", "RDS-EVENT-0088", ("available", "storage-optimization")
)


class Served(Renamable):
    """The base of clusters and plain instances, to be mixed into moto's class."""

    KIND: ClassVar[ServedKind]
    backend: SandboxRDSBackend
    account_id: str
    region: str
    arn: str
    resource_id: str
    engine: str
    port: int
    master_username: str
    storage_encrypted: bool
    kms_key_id: str | None
    manage_master_user_password: bool
    master_user_secret: MasterUserSecret
    master_user_password: str | None
    enabled_cloudwatch_logs_exports: list[str]

    def __init__(self, backend: Any, **settings: Any) -> None:
        self.server: Backend | None = None
        self.routed: set[str] = set()
        self.certified: list[str] = []
        self.restorable_since: datetime | None = None
        self.inaccessible_since: datetime | None = None
        self.automatic_restart_time: datetime | None = None
        super().__init__(backend, **settings)

    @property
    def served(self) -> Served:
        """Itself."""
        return self

    @property
    def server_key(self) -> str:
        """The key of the server behind it, which stays through renames."""
        raise NotImplementedError

    @property
    def first_database(self) -> str | None:
        """The name of the database that is made with it."""
        raise NotImplementedError

    @property
    def subnets(self) -> DBSubnetGroup | None:
        """The subnet group; None where the default VPC is used."""
        raise NotImplementedError

    @property
    def vpc(self) -> str:
        """The id of the VPC it is in."""
        if self.subnets is not None:
            return str(self.subnets.vpc_id)
        return str(ec2_backends[self.account_id][self.region].default_vpc.id)

    def staying(self) -> Iterable[Changing]:
        """Return the instances that stop and start with it, but those that are being deleted."""
        return ()

    @property
    def runs(self) -> bool:
        """Whether its server runs while it is available."""
        return True

    def routes(self) -> dict[str, Backend | None]:
        """Return which server each of its endpoints leads to now; None for one that does not answer."""
        raise NotImplementedError

    def lasting_hosts(self) -> list[str]:
        """Return the endpoints whose names its certificate has from a start until it is stopped."""
        return []

    def hosts(self) -> list[str]:
        """Return the endpoints whose names its certificate takes at any restart."""
        raise NotImplementedError

    def wrong_state(self, allowed: Iterable[str]) -> RDSClientError:
        """Return the fault of a call that its status does not allow."""
        raise NotImplementedError

    @property
    def earliest_restorable_time(self) -> datetime | None:
        """Since when it has backups; none until it is created or restored."""
        return self.restorable_since

    @earliest_restorable_time.setter
    def earliest_restorable_time(self, value: datetime) -> None:
        """Ignore moto's value, which is there from the start."""

    @property
    def latest_restorable_time(self) -> datetime | None:
        """Until when it has backups; none until it is created or restored."""
        return now() if self.restorable_since is not None else None

    @property
    def storage_encryption_type(self) -> str:
        """How storage is encrypted: with a KMS key or not at all."""
        return "sse-kms" if self.storage_encrypted else "none"

    @property
    def stored_password(self) -> str | None:
        """The master password as it was set or as Secrets Manager holds it, for the real server."""
        if self.manage_master_user_password:
            return str(json.loads(self.master_user_secret.secret.secret_string)["password"])
        return getattr(self, "_master_user_password", None)
