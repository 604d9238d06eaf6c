"""The shipped policies of a federated load's roles and of the warehouse's own, enforced: enough, and not too much."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.seed.worlds import federation, warehouse
from scripts.role_policies import TEMPLATES
from tests.support.aws_connections import SOURCE, connection
from tests.support.dag_runner import TaskFailed
from tests.support.federated import Difference
from tests.support.federated_runs import Loads, shipped_tables, with_columns
from tests.support.kill_points import KillPoints
from tests.support.least_privilege import Role, make_role, require_least_privilege, shipped
from tests.support.outside import Statement
from tests.support.stacks import WORKER, deploy

FIRST, SECOND = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 2, tzinfo=UTC)
COLUMNS = (
    "ws_item_sk",
    "ws_order_number",
    "ws_sold_date_sk",
    "ws_quantity",
    "ws_ext_sales_price",
    "ws_ship_mode_sk",
    "updated_at",
)
CHANGES = (
    "DELETE FROM web_sales WHERE ws_order_number = 3",
    "UPDATE web_sales SET ws_quantity = 77, updated_at = '2026-02-01 12:00:00' WHERE ws_order_number = 1",
)
ADMIN = "switchyard-federated-schemas"
ROLES = {federation.ORCHESTRATOR: "federated_load", ADMIN: "federated_schema"}
"""Which shipped policy a role has."""
OF_THE_WAREHOUSE = {
    federation.FEDERATED_ROLE: ("federated", "login"),
    federation.LAKE_ROLE: ("lake", "lake"),
}
"""Roles under which the warehouse itself acts; what the template calls them, and their policies."""
UNSEEN: dict[str, dict[str, str]] = {
    "federated_load": {},
    "federated_schema": {},
    "login": {
        "ReadTheLogin: secretsmanager:DescribeSecret": "Redshift asks for it, the sandbox reads the value alone"
    },
    "lake": {
        "ListTheLake: s3:GetBucketLocation": "Redshift asks which Region a bucket is in, the sandbox's warehouse knows",
        "ReadAndWriteOnePrefix: s3:AbortMultipartUpload": "for an UNLOAD that fails while it writes a large file",
        "KnowItsTables: glue:CreatePartition": "Redshift may register a partition by this call or BatchCreatePartition",
        "KnowItsTables: glue:GetPartition": "Redshift may look a single partition up",
        "KnowItsTables: glue:UpdatePartition": "the sandbox moves a partition by dropping and adding it",
        "KnowItsTables: glue:UpdateTable": "where a table without partitions is moved to another folder",
    },
}


@dataclass
class Guarded:
    """Loads whose roles have the shipped policies and nothing else."""

    loads: Loads
    roles: dict[str, Role]
    """By the shipped policy that they have."""


@pytest.fixture
def guarded(make_loads: Callable[..., Loads], monkeypatch: pytest.MonkeyPatch) -> Guarded:
    """Give the roles of loader and administrator of schemas the shipped policies, and enforce them."""
    [sales] = shipped_tables("retail", "web_sales")
    sales = with_columns(sales, COLUMNS)
    sales["publish"] |= {"keep": 1}
    loads = make_loads("retail", [sales], schema_admin={"aws_conn_id": "aws_schemas"})
    world = loads.world
    given = {}
    for role, policy in ROLES.items():
        arn = federation.role_arn(role)
        make_role(world.sandbox, arn)
        given[policy] = Role(world.sandbox, arn, shipped(policy, ids(world, role)))
    for conn_id, role in (("aws_source", federation.ORCHESTRATOR), ("aws_schemas", ADMIN)):
        assumed = connection(
            world.sandbox.endpoint_url,
            SOURCE["account_id"],
            role_arn=federation.role_arn(role),
            verify=world.ca_bundle,
        )
        monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", assumed)
    let_in(loads)
    for role, policy, statements in of_the_warehouse(world):
        given[policy] = Role(world.sandbox, federation.role_arn(role), statements)
    world.sandbox.choose(iam_policies="enforced")
    return Guarded(loads, given)


def ids(world: Any, role: str) -> dict[str, str]:
    """What stands in this world for the ids in a shipped policy."""
    serverless = world.client("redshift-serverless")
    return {
        "ID-OF-THE-ROLE": world.client("iam").get_role(RoleName=role)["Role"]["RoleId"],
        "ID-OF-THE-WORKGROUP": serverless.get_workgroup(workgroupName=warehouse.WORKGROUP)["workgroup"][
            "workgroupId"
        ],
        "ID-OF-THE-NAMESPACE": serverless.get_namespace(namespaceName=warehouse.NAMESPACE)["namespace"][
            "namespaceId"
        ],
        "KEY-OF-THE-LAKE": world.client("kms").describe_key(KeyId="alias/switchyard-lake")["KeyMetadata"][
            "KeyId"
        ],
    }


def of_the_warehouse(world: Any) -> Iterator[tuple[str, str, list[Statement]]]:
    """What the CloudFormation template lets the warehouse's own roles do, with the world's names for the stack's.

    Yields each role's name in the world, how its policy is called, and its statements.
    """
    deploy(
        world.client("cloudformation"),
        (TEMPLATES / "federated_load" / "account.yaml").read_text(),
        "proof",
        Prefix="proof",
        WorkerPrincipalArn=WORKER,
        WorkgroupId="any",
        NamespaceId="any",
        Catalogue=federation.CATALOGUE,
    )
    iam, kms = world.client("iam"), world.client("kms")
    made, own = (
        kms.describe_key(KeyId=f"alias/{prefix}-lake")["KeyMetadata"]["Arn"]
        for prefix in ("proof", "switchyard")
    )
    for role, (template, policy) in OF_THE_WAREHOUSE.items():
        shown = iam.get_role_policy(RoleName=f"proof-{template}", PolicyName=policy)["PolicyDocument"]
        text = json.dumps(shown).replace(made, own).replace("proof-", "switchyard-")
        yield role, policy, json.loads(text)["Statement"]


def let_in(loads: Loads) -> None:
    """Let the roles' users do in the warehouse what the reference says that they need."""
    loader, admin = (f'"IAMR:{role}"' for role in ROLES)
    loads.world.ask(
        f"CREATE USER {loader} PASSWORD DISABLE",
        f"CREATE USER {admin} PASSWORD DISABLE",
        f"GRANT CREATE ON DATABASE {warehouse.ANALYTICS} TO {admin}",
        f"GRANT USAGE, CREATE ON SCHEMA {warehouse.STAGING} TO {admin}",
        f"GRANT USAGE, CREATE ON SCHEMA {warehouse.STAGING} TO {loader}",
        f"GRANT USAGE, CREATE ON SCHEMA {warehouse.TARGET} TO {loader}",
        secret=warehouse.LOGIN,
    )


@pytest.mark.timeout(300)
def test_policies_are_enough_and_not_too_much(guarded: Guarded) -> None:
    """It should let whole and broken runs do all they do, and need each action and statement for it."""
    loads = guarded.loads
    world = loads.world
    broken(loads, "after ensure_schemas redshift-data BatchExecuteStatement", "CREATE TABLE IF NOT EXISTS")
    broken(
        loads, "after web_sales.stage_window redshift-data BatchExecuteStatement", 'CREATE TABLE "?etl_stage'
    )
    loads.run(FIRST)
    world.edit(*CHANGES)
    last = loads.run(SECOND)
    assert last.results["web_sales.publish_table"]["removed"] == 1
    assert world.compare("web_sales", "retail.web_sales", COLUMNS[:2], COLUMNS) == Difference()

    for policy, role in guarded.roles.items():
        require_least_privilege(role, policy, UNSEEN[policy])


def broken(loads: Loads, point: str, statement: str) -> None:
    """A run that is killed for good while a statement is under way, which its end cancels, and cleared."""
    world = loads.world
    world.sandbox.fault("redshift-data:Execute", "slow", seconds=20.0, matching=statement)
    points = KillPoints(loads.folder / f"killed-{len(loads.runs)}", only=point)
    task_id = point.split()[1]
    with pytest.raises(TaskFailed, match=f"{task_id}: killed"):
        loads.run(FIRST, before_try=points.install, goes_on=False)
    world.sandbox.clear_faults()
    run = loads.runs[-1]
    assert run.results["cancel_statements"]["cancelled"] == 1
    run.before_try, run.goes_on, run.max_tries = (lambda _: None), True, 4
    assert run.run_task(task_id).state == "success"
