"""What identity policies are asked about a call to RDS: the resources it names, their tags, and those it sets.

Resource types and condition keys of each action:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonrds.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from moto.rds.models import rds_backends

from sandbox.rds.identifiers import parse_arn
from sandbox.wire import ApiCall

Parameters = Mapping[str, Any]

KINDS = {
    "DBClusterEndpointIdentifier": "cluster-endpoint",
    "DBClusterIdentifier": "cluster",
    "DBClusterParameterGroupName": "cluster-pg",
    "DBClusterSnapshotIdentifier": "cluster-snapshot",
    "DBInstanceIdentifier": "db",
    "DBParameterGroupName": "pg",
    "DBSnapshotIdentifier": "snapshot",
    "DBSubnetGroupName": "subgrp",
    "OptionGroupName": "og",
    "ResourceArn": "cluster",
    "ResourceName": "cluster",
    "SnapshotIdentifier": "cluster-snapshot",
    "SourceDBClusterSnapshotIdentifier": "cluster-snapshot",
    "SourceDBInstanceIdentifier": "db",
    "SourceDBSnapshotIdentifier": "snapshot",
    "TargetDBClusterSnapshotIdentifier": "cluster-snapshot",
    "TargetDBInstanceIdentifier": "db",
    "TargetDBSnapshotIdentifier": "snapshot",
}
"""Request parameters that name a resource, and its type; those that hold ARNs say it themselves."""
MADE = {
    "CopyDBClusterSnapshot": "TargetDBClusterSnapshotIdentifier",
    "CopyDBSnapshot": "TargetDBSnapshotIdentifier",
    "CreateDBCluster": "DBClusterIdentifier",
    "CreateDBClusterEndpoint": "DBClusterEndpointIdentifier",
    "CreateDBClusterSnapshot": "DBClusterSnapshotIdentifier",
    "CreateDBInstance": "DBInstanceIdentifier",
    "CreateDBInstanceReadReplica": "DBInstanceIdentifier",
    "CreateDBSnapshot": "DBSnapshotIdentifier",
    "RestoreDBClusterFromSnapshot": "DBClusterIdentifier",
    "RestoreDBInstanceFromDBSnapshot": "DBInstanceIdentifier",
}
"""The parameter that names what an operation makes, which it may be asked to tag."""
TO_TAG = "AddTagsToResource"


def resources(call: ApiCall, parameters: Parameters) -> list[str]:
    """Return the ARNs of the resources that a call names; "*" where it names none."""
    named = {_arn(call, kind, str(parameters[name])) for name, kind in KINDS.items() if parameters.get(name)}
    if call.operation == "DeleteDBCluster" and parameters.get("FinalDBSnapshotIdentifier"):
        named.add(_arn(call, "cluster-snapshot", str(parameters["FinalDBSnapshotIdentifier"])))
    return sorted(named) or ["*"]


def tagged(call: ApiCall, parameters: Parameters) -> list[tuple[str, str]]:
    """Return the action that a call needs besides, and on which resource, where it tags what it makes."""
    name = MADE.get(call.operation)
    if name is None or not parameters.get(name) or not any(_request_tags(parameters)):
        return []
    return [(TO_TAG, _arn(call, KINDS[name], str(parameters[name])))]


def context(parameters: Parameters, resource: str) -> dict[str, str]:
    """Return the condition keys of a call on a resource: the tags that it has, and those in the request."""
    tags = {f"aws:ResourceTag/{key}": value for key, value in _resource_tags(resource)}
    return tags | {f"aws:RequestTag/{key}": value for key, value in _request_tags(parameters)}


def _arn(call: ApiCall, kind: str, name: str) -> str:
    if name.startswith("arn:"):
        return name
    return f"arn:aws:rds:{call.region}:{call.caller.account}:{kind}:{name.lower()}"


def _request_tags(parameters: Parameters) -> Iterator[tuple[str, str]]:
    """Yield the tags of a form, whose lists are spelled "Tags.Tag.1.Key"."""
    for name, key in parameters.items():
        if name.startswith("Tags.") and name.endswith(".Key"):
            yield key, str(parameters.get(f"{name.removesuffix('Key')}Value", ""))


def _resource_tags(resource: str) -> Iterator[tuple[str, str]]:
    """Yield the tags of a resource of the account; others' are not seen, as on AWS."""
    arn = parse_arn(resource)
    backend: Any = rds_backends[arn.account][arn.region] if arn is not None else None
    found = backend._find_resource(arn.kind, arn.name) if arn is not None else None
    for tag in found.tags if found is not None else ():
        yield tag["Key"], tag["Value"]
