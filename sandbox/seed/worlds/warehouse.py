"""A Redshift workgroup and a Redshift cluster, each with a database that holds nothing but schemas yet."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.errors import SandboxError
from sandbox.seed.worlds.place import PATIENCE, Place, found

NAMESPACE = WORKGROUP = "switchyard"
WAREHOUSE = "switchyard-warehouse"
ANALYTICS = "analytics"
ADMINISTRATOR = "administrator"
LOGIN = "switchyard/warehouse/administrator"
STAGING, TARGET = "etl_stage", "retail"
"""Schemas of the warehouse: of stages, and of what is loaded."""

ANALYSTS = "analysts"
NODES = "ra3.large"


def make(place: Place, roles: Sequence[str], loader: str) -> None:
    """Make workgroup and cluster with these roles (ARNs) attached, where `loader`, a user, owns the schemas."""
    fresh = {"username": ADMINISTRATOR, "password": f"Aa1{secrets.token_hex(12)}", "dbname": ANALYTICS}
    login = place.secret(LOGIN, fresh, "Login of the administrator of the warehouse")
    if _make_workgroup(place, roles, login):
        _prepare(place, loader, WorkgroupName=WORKGROUP)
    if _make_cluster(place, roles, login):
        _prepare(place, loader, ClusterIdentifier=WAREHOUSE)


def _make_workgroup(place: Place, roles: Sequence[str], login: Mapping[str, Any]) -> bool:
    serverless = place.client("redshift-serverless")
    if found(lambda: serverless.get_workgroup(workgroupName=WORKGROUP), "ResourceNotFoundException"):
        return False
    if found(lambda: serverless.get_namespace(namespaceName=NAMESPACE), "ResourceNotFoundException") is None:
        serverless.create_namespace(
            namespaceName=NAMESPACE,
            adminUsername=login["username"],
            adminUserPassword=login["password"],
            dbName=ANALYTICS,
            iamRoles=list(roles),
        )
    serverless.create_workgroup(workgroupName=WORKGROUP, namespaceName=NAMESPACE)
    place.wait(
        f"workgroup {WORKGROUP}",
        lambda: str(serverless.get_workgroup(workgroupName=WORKGROUP)["workgroup"]["status"]).lower(),
    )
    place.note(f"workgroup {WORKGROUP} of Redshift")
    return True


def _make_cluster(place: Place, roles: Sequence[str], login: Mapping[str, Any]) -> bool:
    redshift = place.client("redshift")

    def cluster() -> dict[str, Any]:
        [one] = redshift.describe_clusters(ClusterIdentifier=WAREHOUSE)["Clusters"]
        return dict(one)

    if found(cluster, "ClusterNotFound"):
        return False
    redshift.create_cluster(
        ClusterIdentifier=WAREHOUSE,
        NodeType=NODES,
        ClusterType="single-node",
        MasterUsername=login["username"],
        MasterUserPassword=login["password"],
        DBName=ANALYTICS,
        IamRoles=list(roles),
        Encrypted=True,
    )
    place.wait(f"cluster {WAREHOUSE}", lambda: str(cluster()["ClusterStatus"]))
    place.note(f"cluster {WAREHOUSE} of Redshift")
    return True


def _prepare(place: Place, loader: str, **target: str) -> None:
    """Let the loader make schemas and tables of its own, and let there be somebody to grant something to."""
    data = place.client("redshift-data")
    secret = place.client("secretsmanager").describe_secret(SecretId=LOGIN)["ARN"]
    batch = data.batch_execute_statement(
        Sqls=[
            f"CREATE GROUP {ANALYSTS}",
            f'CREATE USER "{loader}" PASSWORD DISABLE',
            f'GRANT CREATE ON DATABASE {ANALYTICS} TO "{loader}"',
            *(f'CREATE SCHEMA {schema} AUTHORIZATION "{loader}"' for schema in (STAGING, TARGET)),
            f"GRANT USAGE ON SCHEMA {TARGET} TO GROUP {ANALYSTS}",
        ],
        Database=ANALYTICS,
        SecretArn=secret,
        **target,
    )
    deadline = time.monotonic() + PATIENCE
    while (found := data.describe_statement(Id=batch["Id"]))["Status"] != "FINISHED":
        if found["Status"] in {"FAILED", "ABORTED"} or time.monotonic() > deadline:
            raise SandboxError(f"the warehouse cannot be prepared: {found.get('Error', found['Status'])}")
        time.sleep(0.05)
