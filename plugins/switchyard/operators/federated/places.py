"""Where the source is and who may read it, as AWS says now."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from switchyard.aws.error_table import Disposition, disposition, error_code
from switchyard.configuration.synonym_refresh import DATABASES
from switchyard.errors import BadInput
from switchyard.federated.external_schema import Definition
from switchyard.operators.aurora import describe

_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+?(?=[),\s]|$)")
_MEND = "Correct the name, account or Region in the pipeline's configuration"

MakeClient = Callable[[str], Any]


def source_definition(client: MakeClient, source: Mapping[str, Any]) -> Definition:
    """How the external schema over the source is to be now.

    Raises:
        BadInput: the source, its endpoint or Redshift's secret is not there.
    """
    host, port = endpoint(client("rds"), source)
    engine = DATABASES[source["engine"]]
    return Definition(
        name=source["external_schema"],
        kind=engine,
        database=source["database"],
        remote_schema=(source["schema"] or "public") if engine == "postgres" else "",
        host=host,
        port=port,
        role_arn=source["federated_role_arn"],
        secret_arn=secret_arn(client("secretsmanager"), source["federated_secret_id"]),
    )


def lake_definition(lake: Mapping[str, Any], region: str) -> Definition:
    """How the external schema over the lake is to be."""
    return Definition(
        name=lake["external_schema"],
        kind="catalogue",
        database=lake["database"],
        role_arn=lake["role_arn"],
        region=region,
    )


def endpoint(rds: Any, source: Mapping[str, Any]) -> tuple[str, int]:
    """Host and port that Redshift reads from."""
    if source["engine"] not in describe.CLUSTER_ENGINES:
        return _instance(rds, "source.cluster_id", source["cluster_id"])
    cluster = describe.find_cluster(rds, source["cluster_id"])
    if cluster is None:
        raise BadInput("source.cluster_id", source["cluster_id"], "there is no such cluster", _MEND)
    if source["endpoint"] == "instance":
        members = [one["DBInstanceIdentifier"] for one in cluster["DBClusterMembers"]]
        if source["instance_id"] not in members:
            raise BadInput(
                "source.instance_id",
                source["instance_id"],
                f"cluster {source['cluster_id']} has {', '.join(members) or 'no instance'}",
                "Name one of its instances",
            )
        return _instance(rds, "source.instance_id", source["instance_id"])
    name = {"writer": "Endpoint", "reader": "ReaderEndpoint"}[source["endpoint"]]
    if not cluster.get(name):
        raise BadInput(
            "source.endpoint", source["endpoint"], "the cluster has no such endpoint", "Choose another"
        )
    return str(cluster[name]), int(cluster["Port"])


def _instance(rds: Any, field: str, name: str) -> tuple[str, int]:
    found = describe.find_instance(rds, name)
    if found is None or not found.get("Endpoint"):
        status = found["DBInstanceStatus"] if found else "not there"
        raise BadInput(field, name, f"the DB instance is {status}", _MEND)
    return str(found["Endpoint"]["Address"]), int(found["Endpoint"]["Port"])


def secret_arn(secrets_manager: Any, secret_id: str) -> str:
    """The ARN of Redshift's secret, whose content nobody here reads."""
    field = "source.federated_secret_id"
    try:
        found = secrets_manager.describe_secret(SecretId=secret_id)
    except ClientError as error:
        if disposition(error) is Disposition.RETRY_SHORT:
            raise
        raise BadInput(
            field,
            secret_id,
            f"DescribeSecret answers {error_code(error)}",
            "Create it in this account and Region, or correct its name",
        ) from error
    if found.get("DeletedDate"):
        raise BadInput(
            field, secret_id, "it is about to be deleted", "Restore the secret, or name another one"
        )
    return str(found["ARN"])


def require_warehouse(client: MakeClient, warehouse: Mapping[str, Any], roles: Mapping[str, str]) -> None:
    """Refuse a warehouse that is not there or not available, or that lacks a role.

    Args:
        client: makes clients by service.
        warehouse: the section ``warehouse``.
        roles: role ARNs by the fields that name them.
    """
    if warehouse["workgroup"]:
        attached = _roles_of_workgroup(client("redshift-serverless"), warehouse["workgroup"])
    else:
        attached = _roles_of_cluster(client("redshift"), warehouse["cluster_id"])
    for field, role in roles.items():
        if role not in attached:
            raise BadInput(
                field,
                role,
                f"the warehouse has no such role; it has {', '.join(sorted(attached)) or 'none'}",
                "Attach the role to the cluster or namespace",
            )


def _roles_of_workgroup(serverless: Any, name: str) -> set[str]:
    field = "warehouse.workgroup"
    found = _found(field, name, lambda: serverless.get_workgroup(workgroupName=name)["workgroup"])
    if found["status"] != "AVAILABLE":
        raise BadInput(field, name, f"the workgroup is {found['status']}", "Wait until it is AVAILABLE")
    namespace = serverless.get_namespace(namespaceName=found["namespaceName"])["namespace"]
    # The API gives each role as "IamRole(applyStatus=in-sync, iamRoleArn=arn:...)".
    return {arn for text in namespace.get("iamRoles", ()) for arn in _ARN.findall(text)}


def _roles_of_cluster(redshift: Any, name: str) -> set[str]:
    field = "warehouse.cluster_id"
    found = _found(field, name, lambda: redshift.describe_clusters(ClusterIdentifier=name)["Clusters"][0])
    if found["ClusterStatus"] != "available":
        raise BadInput(
            field,
            name,
            f"the cluster is {found['ClusterStatus']}",
            "Resume it, or wait until it is available",
        )
    return {one["IamRoleArn"] for one in found.get("IamRoles", ())}


def _found(field: str, name: str, ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return ask()
    except ClientError as error:
        if disposition(error) is not Disposition.ABSENT:
            raise
        raise BadInput(field, name, "there is none of this name in this account and Region", _MEND) from error
