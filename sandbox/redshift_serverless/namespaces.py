"""A namespace: databases, and the roles that they can act under."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sandbox.redshift.clusters import ALWAYS, IN_SYNC
from sandbox.redshift.databases import Databases, Owner
from sandbox.redshift.surroundings import Outside
from sandbox.redshift_serverless.exceptions import ConflictException, ValidationException
from sandbox.runtime import runtime
from sandbox.transitions import Process, Stage, now, schedule, scheduler

if TYPE_CHECKING:
    from sandbox.warehouse.isolation import Level

AVAILABLE = "AVAILABLE"
ISOLATION: Level = "SNAPSHOT"
"""Of the databases that a namespace is made with.
Source: https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_DATABASE.html
"""


@dataclass
class Namespace:
    """A namespace of one account and Region; its data stays until it is deleted."""

    name: str
    account: str
    region: str
    database: str = ALWAYS
    admin: str = "admin"
    password: str | None = field(default=None, repr=False)
    roles: list[str] = field(default_factory=list)
    default_role: str | None = None
    kms_key: str = "AWS_OWNED_KMS_KEY"
    log_exports: list[str] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    namespace_id: str = field(default_factory=lambda: str(uuid4()))
    created_at: datetime = field(default_factory=now)
    status: str = AVAILABLE
    process: Process | None = None

    def __post_init__(self) -> None:
        outside = Outside(self.account, self.region, lambda: self.roles, lambda: self.default_role)
        names = [self.database, ALWAYS]
        owner = Owner(self.name, self.account, self.region, self.admin, ISOLATION)
        self.databases = Databases(owner, names, outside)

    @property
    def arn(self) -> str:
        """Its ARN, which has the id and not the name."""
        return f"arn:aws:redshift-serverless:{self.region}:{self.account}:namespace/{self.namespace_id}"

    def set_roles(self, roles: Sequence[str], default: str | None) -> None:
        """Attach these roles and no others; the default must be one of them."""
        if default and default not in roles:
            raise ValidationException(
                f"The default IAM role {default} must be one of the associated IAM roles."
            )
        self.roles, self.default_role = list(roles), default or None

    def require_available(self) -> None:
        """Raise ConflictException while it changes."""
        if self.status != AVAILABLE:
            raise ConflictException(f"Namespace {self.name} is in {self.status} state.")

    def change(self, settings: Mapping[str, Any]) -> None:
        """Begin to take on settings in the shape of UpdateNamespace."""
        self.require_available()
        if "iamRoles" in settings or "defaultIamRoleArn" in settings:
            self.set_roles(
                settings.get("iamRoles", self.roles), settings.get("defaultIamRoleArn", self.default_role)
            )
        self.admin = settings.get("adminUsername") or self.admin
        self.password = settings.get("adminUserPassword") or self.password
        self.kms_key = settings.get("kmsKeyId") or self.kms_key
        self.log_exports = settings.get("logExports", self.log_exports)
        self.status = "MODIFYING"
        self._then("modify", self._settle)

    def end(self, gone: Callable[[], None]) -> None:
        """Begin to go, with the data."""
        self.status = "DELETING"
        self._then("delete", gone, work=self.databases.close)

    def discard(self) -> None:
        """End what is under way, and drop the data."""
        if self.process is not None:
            scheduler.forget([self.process])
        self.databases.close()

    def described(self) -> dict[str, Any]:
        """Return it in the shape of Namespace."""
        described = {
            "namespaceName": self.name,
            "namespaceId": self.namespace_id,
            "namespaceArn": self.arn,
            "dbName": self.database,
            "adminUsername": self.admin,
            "iamRoles": [f"IamRole(applyStatus={IN_SYNC}, iamRoleArn={arn})" for arn in self.roles],
            "kmsKeyId": self.kms_key,
            "logExports": self.log_exports,
            "creationDate": self.created_at,
            "status": self.status,
        }
        return described | ({"defaultIamRoleArn": self.default_role} if self.default_role else {})

    def _then(self, transition: str, end: Callable[[], None], work: Callable[[], None] | None = None) -> None:
        stage = Stage(runtime.durations[f"redshift-namespace.{transition}"], work=work, end=end)
        self.process = schedule(f"namespace {self.name}", [stage], lambda _: self._settle())

    def _settle(self) -> None:
        self.status = AVAILABLE
