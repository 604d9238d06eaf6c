"""Short ways to have a warehouse in the sandbox, to run statements there by the Data API, and to see what they did."""

import json
from typing import Any

import boto3

from sandbox.testing import LocalSandbox

SOURCE, REGION = "111111111111", "us-west-2"
WORKGROUP, NAMESPACE, CLUSTER, DATABASE = "switchyard", "switchyard", "switchyard-warehouse", "analytics"
PASSWORD = "Long-enough-1"
PATIENCE = 120
"""Seconds for which a statement may run."""
LOOK = 20
"""Seconds for which one call may wait for it."""
FINAL = {"FINISHED", "FAILED", "ABORTED"}
ENDLESS = "select count(*) from generate_series(1, 100000) a, generate_series(1, 1000000) b"


class DataApi:
    """The Data API of one account in one Region, and a workgroup to run statements on."""

    def __init__(self, sandbox: LocalSandbox) -> None:
        self.sandbox = sandbox
        self.place: dict[str, str] = {"WorkgroupName": WORKGROUP, "Database": DATABASE}

    def client(self, service: str) -> Any:
        return self.sandbox.client(service, SOURCE, REGION)

    @property
    def data(self) -> Any:
        return self.client("redshift-data")

    def make_workgroup(self, **more) -> None:
        serverless = self.client("redshift-serverless")
        serverless.create_namespace(namespaceName=NAMESPACE, dbName=DATABASE, **more)
        serverless.create_workgroup(workgroupName=WORKGROUP, namespaceName=NAMESPACE)

    def make_cluster(self, name: str = CLUSTER, **more) -> None:
        asked = {
            "ClusterIdentifier": name,
            "NodeType": "ra3.large",
            "ClusterType": "single-node",
            "MasterUsername": "admin",
            "MasterUserPassword": PASSWORD,
            "DBName": DATABASE,
        }
        self.client("redshift").create_cluster(**(asked | more))

    # statements

    def start(self, sql, client=None, **more) -> str:
        """Send a statement, or a list as a batch, and return its id."""
        client = client or self.data
        place = {} if "SessionId" in more or "ClusterIdentifier" in more else self.place
        if isinstance(sql, list):
            return client.batch_execute_statement(Sqls=sql, **(place | more))["Id"]
        return client.execute_statement(Sql=sql, **(place | more))["Id"]

    def show(self, statement, client=None):
        return (client or self.data).describe_statement(Id=statement)

    def status(self, statement):
        return self.show(statement)["Status"]

    def ended(self, statement):
        """Wait for the end of a statement and return it."""
        for _ in range(PATIENCE // LOOK):
            found = self.data.describe_statement(Id=statement, WaitTimeSeconds=LOOK)
            if found["Status"] in FINAL:
                break
        assert found["Status"] in FINAL, f"{found} for {PATIENCE} s"
        return found

    def run(self, sql, **more):
        """Run what must succeed and return it."""
        found = self.ended(self.start(sql, **more))
        assert found["Status"] == "FINISHED", (sql, found)
        return found

    def failed(self, sql, **more):
        """Run what must fail and return it."""
        found = self.ended(self.start(sql, **more))
        assert found["Status"] == "FAILED", (sql, found)
        return found

    def rows(self, sql, **more):
        """Run a query and return its rows."""
        return self.result(self.run(sql, **more)["Id"])

    def result(self, part):
        """Return all rows of a result, each value out of its Field."""
        pages = self.data.get_paginator("get_statement_result").paginate(Id=part)
        return [tuple(_value(field) for field in row) for page in pages for row in page["Records"]]

    # identities

    def make_role(self, name: str, *statements) -> None:
        """Let IAM know a role, with a policy of these statements if there are any."""
        iam = self.client("iam")
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": []}))
        if statements:
            self.allow(name, *statements)

    def allow(self, name: str, *statements) -> None:
        policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        self.client("iam").put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy)

    def as_role(self, name: str, session: str = "task", service: str = "redshift-data") -> Any:
        """Return a client of a session of a role."""
        arn = f"arn:aws:iam::{SOURCE}:role/{name}"
        issued = self.client("sts").assume_role(RoleArn=arn, RoleSessionName=session)["Credentials"]
        return boto3.client(
            service,
            REGION,
            endpoint_url=self.sandbox.endpoint_url,
            aws_access_key_id=issued["AccessKeyId"],
            aws_secret_access_key=issued["SecretAccessKey"],
            aws_session_token=issued["SessionToken"],
        )


def _value(field):
    ((kind, value),) = field.items()
    return None if kind == "isNull" else value
