"""Redshift Serverless of one account in one Region."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.core.base_backend import BackendDict, BaseBackend

from sandbox.redshift_serverless.exceptions import (
    ConflictException,
    ResourceNotFoundException,
    ValidationException,
)
from sandbox.redshift_serverless.namespaces import Namespace
from sandbox.redshift_serverless.workgroups import USUAL, Workgroup, read_settings

SERVICE = "redshift-serverless"


class RedshiftServerlessBackend(BaseBackend):
    """The namespaces and workgroups by name."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.namespaces: dict[str, Namespace] = {}
        self.workgroups: dict[str, Workgroup] = {}

    def reset(self) -> None:
        """Forget everything."""
        self.discard()
        super().reset()

    def discard(self) -> None:
        """End what is under way, and drop the data."""
        for workgroup in self.workgroups.values():
            workgroup.discard()
        for namespace in self.namespaces.values():
            namespace.discard()

    # namespaces

    def create_namespace(self, asked: Mapping[str, Any]) -> Namespace:
        """Add a namespace; ConflictException for a name in use."""
        name = asked["namespaceName"]
        if name in self.namespaces:
            raise ConflictException(f"A namespace with the name {name} already exists.")
        if asked.get("manageAdminPassword"):
            raise NotImplementedError("administrators' passwords in Secrets Manager")
        namespace = Namespace(
            name,
            self.account_id,
            self.region_name,
            database=asked.get("dbName") or "dev",
            admin=asked.get("adminUsername") or "admin",
            password=asked.get("adminUserPassword"),
            tags=_tags(asked.get("tags")),
        )
        namespace.set_roles(asked.get("iamRoles") or [], asked.get("defaultIamRoleArn"))
        namespace.kms_key = asked.get("kmsKeyId") or namespace.kms_key
        namespace.log_exports = asked.get("logExports") or []
        self.namespaces[name] = namespace
        return namespace

    def namespace(self, name: str) -> Namespace:
        """Return a namespace; ResourceNotFoundException where there is none of the name."""
        if name not in self.namespaces:
            raise ResourceNotFoundException("Namespace", name)
        return self.namespaces[name]

    def delete_namespace(self, name: str) -> Namespace:
        """Begin to delete a namespace that no workgroup is for."""
        namespace = self.namespace(name)
        namespace.require_available()
        if any(workgroup.namespace is namespace for workgroup in self.workgroups.values()):
            raise ConflictException(f"Namespace {name} is associated with a workgroup.")
        namespace.end(gone=lambda: self._drop_namespace(name))
        return namespace

    def _drop_namespace(self, name: str) -> None:
        del self.namespaces[name]

    # workgroups

    def create_workgroup(self, asked: Mapping[str, Any]) -> Workgroup:
        """Add a workgroup to a namespace that has none."""
        name, namespace = asked["workgroupName"], self.namespace(asked["namespaceName"])
        if name in self.workgroups:
            raise ConflictException(f"A workgroup with the name {name} already exists.")
        if any(workgroup.namespace is namespace for workgroup in self.workgroups.values()):
            raise ConflictException(f"Namespace {namespace.name} is already associated with a workgroup.")
        namespace.require_available()
        workgroup = Workgroup(name, namespace, {**USUAL, **read_settings(asked)}, _tags(asked.get("tags")))
        self.workgroups[name] = workgroup
        workgroup.create()
        return workgroup

    def workgroup(self, name: str) -> Workgroup:
        """Return a workgroup by name or ARN; ResourceNotFoundException where there is none."""
        found = self.find_workgroup(name)
        if found is None:
            raise ResourceNotFoundException("Workgroup", name)
        return found

    def find_workgroup(self, name: str) -> Workgroup | None:
        """Return a workgroup by name or ARN; None where there is none."""
        by_arn = (workgroup for workgroup in self.workgroups.values() if workgroup.arn == name)
        return self.workgroups.get(name) or next(by_arn, None)

    def delete_workgroup(self, name: str) -> Workgroup:
        """Begin to delete a workgroup."""
        workgroup = self.workgroup(name)
        workgroup.end(gone=lambda: self._drop_workgroup(name))
        return workgroup

    def _drop_workgroup(self, name: str) -> None:
        del self.workgroups[name]

    # tags

    def tags(self, arn: str) -> dict[str, str]:
        """Return the tags of a namespace or workgroup, to be read or changed."""
        known: list[Namespace | Workgroup] = [*self.namespaces.values(), *self.workgroups.values()]
        for one in known:
            if one.arn == arn:
                return one.tags
        raise ResourceNotFoundException("Resource", arn)

    def add_tags(self, arn: str, added: list[dict[str, str]]) -> None:
        """Set tags; ValidationException for AWS's own."""
        tags = _tags(added)
        if any(name.lower().startswith("aws:") for name in tags):
            raise ValidationException("Tag keys cannot start with aws:")
        self.tags(arn).update(tags)


def _tags(listed: list[dict[str, str]] | None) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in listed or []}


redshift_serverless_backends = BackendDict(RedshiftServerlessBackend, SERVICE)
