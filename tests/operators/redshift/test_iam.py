"""The shipped policies of the roles that send statements, enforced by the sandbox: enough, needed, and no more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from airflow.sdk.exceptions import TaskDeferred
from botocore.exceptions import ClientError

from sandbox.policy import Principal, Request, decide
from tests.support.aws_connections import SOURCE, connection
from tests.support.recovery import REPOSITORY
from tests.support.redshift_steps import DATABASE, INSERT, WORKGROUP

ROLE = "loader"
ARN = f"arn:aws:iam::{SOURCE['account_id']}:role/{ROLE}"
STATEMENTS = ("SendStatements", "FollowOwnStatements", "FindOwnStatements")
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": SOURCE["account_id"]}, "Action": "sts:AssumeRole"}
    ],
}


def client(shop, service, account=SOURCE["account_id"]):
    return shop.sandbox.client(service, account, SOURCE["region_name"])


@pytest.fixture(params=["federated_load", "federated_schema"])
def policy(request, shop, monkeypatch) -> list[dict[str, Any]]:
    """The statements of a shipped policy, which alone bind the role of the tests' connection."""
    iam = client(shop, "iam")
    role = iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
    workgroup = client(shop, "redshift-serverless").get_workgroup(workgroupName=WORKGROUP["workgroup"])
    text = (REPOSITORY / "docs" / "reference" / "iam" / f"{request.param}.json").read_text()
    text = text.replace("ID-OF-THE-ROLE", role["RoleId"])
    text = text.replace("ID-OF-THE-WORKGROUP", workgroup["workgroup"]["workgroupId"])
    iam.put_role_policy(RoleName=ROLE, PolicyName="shipped", PolicyDocument=text)
    assumed = connection(shop.sandbox.endpoint_url, SOURCE["account_id"], role_arn=ARN)
    monkeypatch.setenv("AIRFLOW_CONN_AWS_SOURCE", assumed)
    shop.sandbox.choose(iam_policies="enforced")
    return json.loads(text)["Statement"]


def as_role(shop, service):
    """A client of another session of the role, as a triggerer on another machine is."""
    issued = client(shop, "sts").assume_role(RoleArn=ARN, RoleSessionName="elsewhere")["Credentials"]
    return boto3.client(
        service,
        SOURCE["region_name"],
        endpoint_url=shop.sandbox.endpoint_url,
        aws_access_key_id=issued["AccessKeyId"],
        aws_secret_access_key=issued["SecretAccessKey"],
        aws_session_token=issued["SessionToken"],
    )


def test_a_step_needs_what_the_policy_allows(shop, policy):
    """It should run, follow, read, find and cancel statements, and need each of these actions for it."""
    task = shop.task([INSERT, "SELECT id FROM sales.orders"], returns_rows=True)
    assert task.run()["rows"] == [{"id": 1}]
    shop.sandbox.fault("redshift-data:Execute", "slow", seconds=20.0, matching="INSERT")
    held = shop.task()
    with pytest.raises(TaskDeferred):
        held.begin()
    assert held.operator.cancel_run(held.context()) == 1

    judged = shop.sandbox.judged(ROLE)
    assert [one for one in judged if not one["allowed"]] == []
    own = [statement for statement in policy if statement["Sid"] in STATEMENTS]
    needed = {one["action"] for one in judged if not one["action"].startswith("sts:")}
    assert needed == {action for statement in own for action in _listed(statement["Action"])}


@pytest.mark.parametrize("operation", ["describe_statement", "get_statement_result", "cancel_statement"])
def test_statements_of_others_are_hidden(shop, policy, operation):
    """It should reach no statement of another role, but those of its own other sessions."""
    others = shop.data_api.execute_statement(Sql="SELECT 1", WorkgroupName="shop", Database=DATABASE)["Id"]
    with pytest.raises(ClientError, match=r"AccessDenied|not authorized"):
        getattr(as_role(shop, "redshift-data"), operation)(Id=others)
    own = shop.task().run()["statement_id"]
    assert as_role(shop, "redshift-data").describe_statement(Id=own)["Status"] == "FINISHED"


REFUSED = {
    "another workgroup": ("redshift-data:ExecuteStatement", "workgroup/another"),
    "credentials elsewhere": ("redshift-serverless:GetCredentials", "workgroup/another"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_other_warehouses_are_out_of_reach(policy, what):
    """It should be let into its own workgroup alone."""
    action, resource = REFUSED[what]
    arn = f"arn:aws:redshift-serverless:{SOURCE['region_name']}:{SOURCE['account_id']}:{resource}"
    assert decide({"Statement": policy}, Request(Principal(arn=ARN), action, arn)) is None


def test_the_login_of_the_warehouse_stays_hidden(policy):
    """It should not be let read the secret by which the warehouse reads the source, nor change roles."""
    secret = "arn:aws:secretsmanager:us-west-2:111111111111:secret:switchyard/retail-mysql/warehouse-AbCdEf"
    for action, resource in (
        ("secretsmanager:GetSecretValue", secret),
        ("iam:PassRole", "arn:aws:iam::111111111111:role/switchyard-warehouse-federated"),
        ("redshift-serverless:UpdateNamespace", "*"),
        ("redshift:ModifyClusterIamRoles", "*"),
    ):
        assert decide({"Statement": policy}, Request(Principal(arn=ARN), action, resource)) is None


def _listed(value: Any) -> Iterator[str]:
    yield from [value] if isinstance(value, str) else value
