"""Where statements run: a cluster or a workgroup, found as a request names it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.redshift.models import redshift_backends

from sandbox.redshift.clusters import Cluster
from sandbox.redshift.databases import Databases
from sandbox.redshift_data.exceptions import ValidationException
from sandbox.redshift_serverless.models import redshift_serverless_backends
from sandbox.redshift_serverless.workgroups import Workgroup

MISSING = "Redshift endpoint doesn't exist in this region."
UP = {"available", "modifying", "AVAILABLE", "MODIFYING"}


Administrator = tuple[str, str | None]
"""The first user, with the password if there is one."""


@dataclass(frozen=True)
class Target:
    """A cluster or workgroup; `named` is how the request named it, in the members of the answers."""

    arn: str
    region: str
    name: str
    databases: Databases
    named: Mapping[str, str]
    administrator: Administrator

    @property
    def is_cluster(self) -> bool:
        """Whether it is a provisioned cluster."""
        return "ClusterIdentifier" in self.named


def find(account: str, region: str, cluster: str | None, workgroup: str | None) -> Target:
    """Return the cluster or workgroup; ValidationException where there is none, or it is not up."""
    if cluster and workgroup:
        raise ValidationException("ClusterIdentifier and WorkgroupName cannot be specified together.")
    if not (cluster or workgroup):
        raise ValidationException("Either ClusterIdentifier, WorkgroupName or SessionId must be specified.")
    found = _cluster(account, region, cluster) if cluster else _workgroup(account, region, str(workgroup))
    if found is None:
        raise ValidationException(MISSING)
    if found.status not in UP:
        raise ValidationException(f"{cluster or workgroup} cannot be connected to: it is {found.status}.")
    if isinstance(found, Cluster):
        named = {"ClusterIdentifier": found.cluster_identifier}
        login: Administrator = (found.master_username, found.master_user_password)
        return Target(found.arn, region, found.cluster_identifier, found.databases, named, login)
    namespace = found.namespace
    named = {"WorkgroupName": str(workgroup)}
    login = (namespace.admin, namespace.password)
    return Target(found.arn, region, found.name, namespace.databases, named, login)


def arn_of(account: str, region: str, asked: Mapping[str, Any]) -> str | None:
    """Return the ARN that policies are asked for; None where the request names nothing that exists."""
    if cluster := asked.get("ClusterIdentifier"):
        return f"arn:aws:redshift:{region}:{account}:cluster:{cluster}"
    found = _workgroup(account, region, asked.get("WorkgroupName") or "")
    return found.arn if found else None


def _cluster(account: str, region: str, name: str) -> Cluster | None:
    backend: Any = redshift_backends[account][region]
    found: Cluster | None = backend.clusters.get(name)
    return found


def _workgroup(account: str, region: str, name: str) -> Workgroup | None:
    return redshift_serverless_backends[account][region].find_workgroup(name)
