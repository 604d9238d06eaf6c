import pytest

from tests.support.dms import refused, wait_for
from tests.support.redshift import DATABASE, NAMESPACE, REGION, SOURCE, WORKGROUP, DataApi

ROLES = [f"arn:aws:iam::{SOURCE}:role/{name}" for name in ("federated", "lake")]


@pytest.fixture
def api(sandbox):
    """An account without a workgroup."""
    return DataApi(sandbox)


@pytest.fixture
def serverless(api):
    """Redshift Serverless in that account."""
    return api.client("redshift-serverless")


def status(serverless, name=WORKGROUP):
    return serverless.get_workgroup(workgroupName=name)["workgroup"]["status"]


def test_workgroup_takes_its_time(api, serverless, stand_still):
    """It should be creating, then available with an endpoint, and take statements only then."""
    clock = stand_still("redshift-workgroup.create")
    api.make_workgroup()
    assert status(serverless) == "CREATING"
    assert "it is CREATING" in refused("ValidationException", api.start, "select 1")
    clock.advance(100)
    assert status(serverless) == "AVAILABLE"
    found = serverless.get_workgroup(workgroupName=WORKGROUP)["workgroup"]
    assert found["namespaceName"] == NAMESPACE
    assert found["workgroupArn"].startswith(f"arn:aws:redshift-serverless:{REGION}:{SOURCE}:workgroup/")
    assert found["workgroupArn"].endswith(found["workgroupId"])
    address = f"{WORKGROUP}.{SOURCE}.{REGION}.redshift-serverless.amazonaws.com"
    assert found["endpoint"] == {"address": address, "port": 5439}
    assert found["baseCapacity"] == 128


def test_workgroup_by_its_arn(api, serverless):
    """It should take statements under its ARN as well as under its name."""
    api.make_workgroup()
    arn = serverless.get_workgroup(workgroupName=WORKGROUP)["workgroup"]["workgroupArn"]
    found = api.run("select 1", WorkgroupName=arn)
    assert found["WorkgroupName"] == arn


def test_namespace_has_one_workgroup(api, serverless):
    """It should take no second one, and have one of its own name only."""
    api.make_workgroup()
    message = refused(
        "ConflictException", serverless.create_workgroup, workgroupName="second", namespaceName=NAMESPACE
    )
    assert "already associated" in message
    serverless.create_namespace(namespaceName="another")
    refused(
        "ConflictException", serverless.create_workgroup, workgroupName=WORKGROUP, namespaceName="another"
    )
    refused("ConflictException", serverless.create_namespace, namespaceName=NAMESPACE)


def test_data_belongs_to_the_namespace(api, serverless):
    """It should be there for the next workgroup, and go with the namespace."""
    api.make_workgroup()
    api.run("create table t (a integer)")
    refused("ConflictException", serverless.delete_namespace, namespaceName=NAMESPACE)
    assert serverless.delete_workgroup(workgroupName=WORKGROUP)["workgroup"]["status"] == "DELETING"
    wait_for(lambda: serverless.list_workgroups()["workgroups"], lambda left: not left)
    serverless.create_workgroup(workgroupName="next", namespaceName=NAMESPACE)
    assert status(serverless, "next") == "AVAILABLE"
    assert api.rows("select count(*) from t", WorkgroupName="next") == [(0,)]
    serverless.delete_workgroup(workgroupName="next")
    wait_for(lambda: serverless.list_workgroups()["workgroups"], lambda left: not left)
    serverless.delete_namespace(namespaceName=NAMESPACE)
    wait_for(lambda: serverless.list_namespaces()["namespaces"], lambda left: not left)
    api.make_workgroup()
    assert status(serverless) == "AVAILABLE"
    assert 'relation "t" does not exist' in api.failed("select * from t")["Error"]


def test_namespace_is_described(api, serverless):
    """It should say of its roles, as AWS does, in a text for each."""
    api.make_workgroup(
        iamRoles=ROLES, defaultIamRoleArn=ROLES[0], adminUsername="boss", adminUserPassword="Long-enough-1"
    )
    found = serverless.get_namespace(namespaceName=NAMESPACE)["namespace"]
    assert found["iamRoles"] == [f"IamRole(applyStatus=in-sync, iamRoleArn={arn})" for arn in ROLES]
    assert found["defaultIamRoleArn"] == ROLES[0]
    assert (found["adminUsername"], found["dbName"], found["status"]) == ("boss", DATABASE, "AVAILABLE")
    assert "Password" not in str(found)


def test_roles_of_a_namespace_are_replaced(api, serverless, stand_still):
    """It should attach the roles that are named and no others, and be modifying for a while."""
    clock = stand_still("redshift-namespace.modify")
    serverless.create_namespace(namespaceName=NAMESPACE, iamRoles=ROLES[:1])
    serverless.update_namespace(namespaceName=NAMESPACE, iamRoles=ROLES[1:], defaultIamRoleArn=ROLES[1])
    found = serverless.get_namespace(namespaceName=NAMESPACE)["namespace"]
    assert found["status"] == "MODIFYING"
    refused("ConflictException", serverless.update_namespace, namespaceName=NAMESPACE, iamRoles=[])
    clock.advance(100)
    found = serverless.get_namespace(namespaceName=NAMESPACE)["namespace"]
    assert (found["status"], found["iamRoles"]) == (
        "AVAILABLE",
        [f"IamRole(applyStatus=in-sync, iamRoleArn={ROLES[1]})"],
    )
    refused(
        "ValidationException",
        serverless.update_namespace,
        namespaceName=NAMESPACE,
        defaultIamRoleArn=ROLES[0],
    )


def test_workgroup_is_changed(api, serverless, stand_still):
    """It should be modifying for a while, and take no other change meanwhile."""
    api.make_workgroup()
    clock = stand_still("redshift-workgroup.modify")
    asked = {"workgroupName": WORKGROUP, "baseCapacity": 32, "enhancedVpcRouting": True}
    assert serverless.update_workgroup(**asked)["workgroup"]["status"] == "MODIFYING"
    refused("ConflictException", serverless.update_workgroup, **asked)
    clock.advance(100)
    found = serverless.get_workgroup(workgroupName=WORKGROUP)["workgroup"]
    assert (found["status"], found["baseCapacity"], found["enhancedVpcRouting"]) == ("AVAILABLE", 32, True)
    refused("ValidationException", serverless.update_workgroup, workgroupName=WORKGROUP, baseCapacity=7)


def test_what_there_is_not(serverless):
    """It should be said of namespaces, workgroups and tags."""
    refused("ResourceNotFoundException", serverless.get_namespace, namespaceName="other")
    refused("ResourceNotFoundException", serverless.get_workgroup, workgroupName="other")
    refused(
        "ResourceNotFoundException", serverless.create_workgroup, workgroupName="new", namespaceName="other"
    )
    refused("ResourceNotFoundException", serverless.get_credentials, workgroupName="other")
    arn = f"arn:aws:redshift-serverless:{REGION}:{SOURCE}:workgroup/other"
    refused("ResourceNotFoundException", serverless.list_tags_for_resource, resourceArn=arn)


def test_malformed_names(serverless):
    """It should refuse names that the service's model does not take."""
    message = refused("ValidationException", serverless.create_namespace, namespaceName="Upper_case")
    assert "namespaceName" in message


def test_lists_come_in_pages(serverless):
    """It should give as many as asked for, and a token for the rest."""
    for number in range(3):
        serverless.create_namespace(namespaceName=f"space-{number}")
    pages = serverless.get_paginator("list_namespaces").paginate(PaginationConfig={"PageSize": 2})
    assert [len(page["namespaces"]) for page in pages] == [2, 1]
    refused("ValidationException", serverless.list_namespaces, nextToken="nonsense")


def test_tags(api, serverless):
    """It should keep them, and refuse AWS's own."""
    api.make_workgroup(tags=[{"key": "team", "value": "data"}])
    arn = serverless.get_namespace(namespaceName=NAMESPACE)["namespace"]["namespaceArn"]
    serverless.tag_resource(resourceArn=arn, tags=[{"key": "stage", "value": "test"}])
    serverless.untag_resource(resourceArn=arn, tagKeys=["team"])
    assert serverless.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "stage", "value": "test"}]
    refused(
        "ValidationException",
        serverless.tag_resource,
        resourceArn=arn,
        tags=[{"key": "aws:x", "value": "y"}],
    )


def test_credentials(api, serverless):
    """It should hand out a password for the user that the role is, for 15 to 60 minutes."""
    api.make_workgroup()
    found = serverless.get_credentials(workgroupName=WORKGROUP, durationSeconds=1800)
    assert found["dbUser"] == "IAMR:switchyard-source"
    assert found["dbPassword"]
    assert found["expiration"].timestamp() - api.sandbox.clock.now() == pytest.approx(1800, abs=5)
    refused("ValidationException", serverless.get_credentials, workgroupName=WORKGROUP, durationSeconds=60)
    refused("ValidationException", serverless.get_credentials)


@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        ("create_namespace", {"namespaceName": "space", "manageAdminPassword": True}),
        ("list_snapshots", {}),
    ],
)
def test_what_the_sandbox_does_not_do(serverless, operation, asked):
    """It should say so."""
    assert "does not do" in refused("NotImplemented", getattr(serverless, operation), **asked)
