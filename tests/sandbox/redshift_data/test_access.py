"""Whose a statement is, who may ask, and who one is in the database."""

import json

import pytest

from tests.support.dms import refused
from tests.support.redshift import CLUSTER, DATABASE, PASSWORD, REGION, SOURCE, WORKGROUP

RUN = ["redshift-data:ExecuteStatement", "redshift-data:BatchExecuteStatement"]
LOOK = [
    "redshift-data:DescribeStatement",
    "redshift-data:GetStatementResult",
    "redshift-data:CancelStatement",
]
CREDENTIALS = "redshift-serverless:GetCredentials"


def allow(actions, resource="*", **condition):
    return {"Effect": "Allow", "Action": actions, "Resource": resource} | (
        {"Condition": condition} if condition else {}
    )


@pytest.fixture
def workgroup(api):
    """The ARN of the workgroup."""
    found = api.client("redshift-serverless").get_workgroup(workgroupName=WORKGROUP)
    return found["workgroup"]["workgroupArn"]


@pytest.fixture
def enforced(sandbox, api):
    """Let policies count; what is returned gives the role "loader" these statements and a client of a session."""
    api.make_role("loader")
    sandbox.choose(iam_policies="enforced")

    def client(*statements, session="task", service="redshift-data"):
        api.allow("loader", *statements)
        return api.as_role("loader", session, service)

    return client


def test_statement_belongs_to_a_role(api):
    """It should show, cancel and list statements for all sessions of the role that sent them, and for no other."""
    api.make_role("loader")
    statement = api.run("select 1")["Id"]
    same = api.as_role("switchyard-source", session="triggerer")
    assert api.show(statement, same)["Status"] == "FINISHED"
    assert len(same.get_statement_result(Id=statement)["Records"]) == 1
    assert [one["Id"] for one in same.list_statements()["Statements"]] == [statement]
    assert same.list_statements(RoleLevel=False)["Statements"] == []
    other = api.as_role("loader")
    for call in (other.describe_statement, other.get_statement_result, other.cancel_statement):
        assert refused("ResourceNotFoundException", call, Id=statement) == "Query does not exist."
    assert other.list_statements()["Statements"] == []


def test_user_of_an_identity(api):
    """It should be the role in the database, whichever the session."""
    api.make_role("loader")
    statement = api.start("select current_user", client=api.as_role("loader"))
    assert api.show(statement, api.as_role("loader", "other"))["DbUser"] == "IAMR:loader"


def test_user_of_the_database(api):
    """It should be the one that is named, on a cluster."""
    api.make_cluster()
    found = api.run("select 1", ClusterIdentifier=CLUSTER, Database=DATABASE, DbUser="etl")
    assert found["DbUser"] == "etl"
    asked = {"ClusterIdentifier": CLUSTER, "Database": DATABASE, "DbUser": "etl", "SecretArn": "a"}
    message = refused("ValidationException", api.data.execute_statement, Sql="select 1", **asked)
    assert message == "DbUser and SecretArn cannot be specified together."


def test_user_of_a_secret(api):
    """It should be the one in the secret, with the administrator's password where it is the administrator."""
    api.make_cluster()
    place = {"ClusterIdentifier": CLUSTER, "Database": DATABASE}
    secrets = api.client("secretsmanager")

    def secret(name, **content):
        return secrets.create_secret(Name=name, SecretString=json.dumps(content))["ARN"]

    right = secret("right", username="admin", password=PASSWORD, dbClusterIdentifier=CLUSTER)
    found = api.run("select 1", SecretArn=right, **place)
    assert (found["SecretArn"], "DbUser" in found) == (right, False)
    wrong = secret("wrong", username="admin", password="another")
    assert "password authentication failed" in api.failed("select 1", SecretArn=wrong, **place)["Error"]
    for problem, arn in {
        "is for the cluster": secret("else", username="admin", password=PASSWORD, dbClusterIdentifier="x"),
        "username and password": secret("empty"),
        "cannot be read": right.replace("right", "gone"),
    }.items():
        assert problem in refused("ValidationException", api.start, "select 1", SecretArn=arn, **place)


def test_actions_on_a_workgroup(enforced, api, workgroup):
    """It should ask for the action on the workgroup, and for its credentials."""
    enough = (allow([*RUN, CREDENTIALS], workgroup), allow(LOOK))
    client = enforced(*enough)
    statement = api.start("select 1", client=client)
    assert client.describe_statement(Id=statement, WaitTimeSeconds=20)["Status"] == "FINISHED"
    assert client.get_statement_result(Id=statement)["TotalNumRows"] == 1
    for missing in (RUN[0], CREDENTIALS):
        rest = [one for one in (*RUN, CREDENTIALS) if one != missing]
        message = refused("AccessDeniedException", api.start, "select 1", client=enforced(allow(rest)))
        assert f"not authorized to perform: {missing} on resource: {workgroup}" in message
    elsewhere = workgroup[:-1] + "x"
    refused(
        "AccessDeniedException", api.start, "select 1", client=enforced(allow([*RUN, CREDENTIALS], elsewhere))
    )
    for action, call in zip(
        LOOK, (client.describe_statement, client.get_statement_result, client.cancel_statement), strict=True
    ):
        enforced(allow([one for one in LOOK if one != action]))
        assert action in refused("AccessDeniedException", call, Id=statement)


def test_actions_on_a_cluster(enforced, api):
    """It should ask for credentials by IAM, or for those of the user that is named."""
    api.make_cluster()
    place = {"ClusterIdentifier": CLUSTER, "Database": DATABASE}
    start = f"arn:aws:redshift:{REGION}:{SOURCE}:"
    run = allow(RUN, f"{start}cluster:{CLUSTER}")
    by_iam = allow("redshift:GetClusterCredentialsWithIAM", f"{start}dbname:{CLUSTER}/{DATABASE}")
    of_user = allow(
        "redshift:GetClusterCredentials",
        [f"{start}dbname:{CLUSTER}/{DATABASE}", f"{start}dbuser:{CLUSTER}/etl"],
    )
    api.start("select 1", client=enforced(run, by_iam), **place)
    api.start("select 1", client=enforced(run, of_user), DbUser="etl", **place)
    message = refused("AccessDeniedException", api.start, "select 1", client=enforced(run), **place)
    assert "redshift:GetClusterCredentialsWithIAM" in message
    message = refused(
        "AccessDeniedException", api.start, "select 1", client=enforced(run, of_user), DbUser="other", **place
    )
    assert f"dbuser:{CLUSTER}/other" in message
    refused("AccessDeniedException", api.start, "select 1", client=enforced(by_iam), **place)


def test_action_on_a_secret(enforced, api):
    """It should ask whether the caller may read the secret, and for no other credentials."""
    content = json.dumps({"username": "etl", "password": "x"})
    secret = api.client("secretsmanager").create_secret(Name="login", SecretString=content)["ARN"]
    client = enforced(allow(RUN), allow("secretsmanager:GetSecretValue", secret))
    api.start("select 1", client=client, SecretArn=secret)
    message = refused(
        "AccessDeniedException", api.start, "select 1", client=enforced(allow(RUN)), SecretArn=secret
    )
    assert "secretsmanager:GetSecretValue" in message


def test_condition_on_the_owner(enforced, api):
    """It should know whose a statement is: the session's, so that another session of the role is not it."""
    owned = {"redshift-data:statement-owner-iam-userid": "${aws:userid}"}
    client = enforced(allow([*RUN, CREDENTIALS]), allow(LOOK, StringEquals=owned))
    statement = api.start("select 1", client=client)
    assert client.describe_statement(Id=statement, WaitTimeSeconds=20)["Status"] == "FINISHED"
    other = api.as_role("loader", "triggerer")
    refused("AccessDeniedException", other.describe_statement, Id=statement)


def test_result_as_csv_is_a_result(enforced, api):
    """It should ask for the action that results in JSON ask for."""
    client = enforced(allow([*RUN, CREDENTIALS, *LOOK]))
    statement = api.start("select 1", client=client, ResultFormat="CSV")
    client.describe_statement(Id=statement, WaitTimeSeconds=20)
    assert client.get_statement_result_v2(Id=statement)["Records"] == [{"CSVRecords": "1\n"}]


def test_session_asks_for_its_workgroup(enforced, api, workgroup):
    """It should ask for the action on the workgroup that a session is of."""
    client = enforced(allow([*RUN, CREDENTIALS], workgroup), allow(LOOK))
    answer = client.execute_statement(Sql="select 1", SessionKeepAliveSeconds=60, **api.place)
    client.describe_statement(Id=answer["Id"], WaitTimeSeconds=20)
    client.execute_statement(Sql="select 2", SessionId=answer["SessionId"])
    enforced(allow(RUN, workgroup[:-1] + "x"))
    refused("AccessDeniedException", client.execute_statement, Sql="select 3", SessionId=answer["SessionId"])
