import json

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.macie.conftest import ACCOUNT, EXTRACT, REGION


def resource(kind, needs="Session", **properties):
    made = {"Type": f"AWS::Macie::{kind}", "Properties": properties}
    return made | ({"DependsOn": needs} if needs else {})


def template(status="ENABLED", pattern="ann@.+", key="known.csv"):
    known = {"Criterion": {"resourcesAffected.s3Object.key": {"eq": [key]}, "severity.score": {"gte": "1"}}}
    return json.dumps(
        {
            "Resources": {
                "Session": resource("Session", None, FindingPublishingFrequency="ONE_HOUR", Status=status),
                "Mail": resource(
                    "CustomDataIdentifier",
                    Name="e-mail",
                    Regex=r"[\w.+-]+@[\w-]+\.[\w.]+",
                    Keywords=["mail"],
                    MaximumMatchDistance="30",
                    Tags=[{"Key": "team", "Value": "data"}],
                ),
                "Own": resource("AllowList", Name="own", Criteria={"Regex": pattern}),
                "Known": resource("FindingsFilter", Name="known", Action="ARCHIVE", FindingCriteria=known),
            },
            "Outputs": {
                "Mail": {"Value": {"Ref": "Mail"}},
                "Own": {"Value": {"Fn::GetAtt": ["Own", "Id"]}},
                "Role": {"Value": {"Fn::GetAtt": ["Session", "ServiceRole"]}},
            },
        }
    )


@pytest.fixture
def macie(sandbox):
    return sandbox.client("macie2", "source", REGION)


@pytest.fixture
def stacks(sandbox):
    return sandbox.client("cloudformation", "source", REGION)


def test_stack_is_made_changed_and_removed(sandbox, macie, stacks):
    """It should turn Macie on with what the stack declares, follow its updates, and turn it off with the stack."""
    stacks.create_stack(StackName="macie", TemplateBody=template())
    [stack] = stacks.describe_stacks(StackName="macie")["Stacks"]
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
    assert outputs["Role"] == macie.get_macie_session()["serviceRole"]
    mail = macie.get_custom_data_identifier(id=outputs["Mail"])
    assert (mail["name"], mail["maximumMatchDistance"], mail["tags"]) == ("e-mail", 30, {"team": "data"})
    s3 = sandbox.client("s3", "source", REGION)
    s3.create_bucket(Bucket=EXTRACT, CreateBucketConfiguration={"LocationConstraint": REGION})
    for key in ("known.csv", "new.csv"):
        s3.put_object(Bucket=EXTRACT, Key=key, Body=b"mail\nann@example.org\nbob@example.org\n")
    job = macie.create_classification_job(
        jobType="ONE_TIME",
        name="look",
        managedDataIdentifierSelector="NONE",
        customDataIdentifierIds=[outputs["Mail"]],
        allowListIds=[outputs["Own"]],
        s3JobDefinition={"bucketDefinitions": [{"accountId": ACCOUNT, "buckets": [EXTRACT]}]},
    )["jobId"]
    while macie.describe_classification_job(jobId=job)["jobStatus"] != "COMPLETE":
        pass
    found = macie.get_findings(findingIds=macie.list_findings()["findingIds"])["findings"]
    assert {
        (
            one["resourcesAffected"]["s3Object"]["key"],
            one["archived"],
            one["classificationDetails"]["result"]["customDataIdentifiers"]["totalCount"],
        )
        for one in found
    } == {("known.csv", True, 1), ("new.csv", False, 1)}
    stacks.update_stack(StackName="macie", TemplateBody=template("PAUSED", "eve@.+", "other.csv"))
    assert macie.get_macie_session()["status"] == "PAUSED"
    assert macie.get_allow_list(id=outputs["Own"])["criteria"] == {"regex": "eve@.+"}
    [kept] = macie.list_findings_filters()["findingsFilterListItems"]
    assert "other.csv" in json.dumps(macie.get_findings_filter(id=kept["id"])["findingCriteria"])
    stacks.delete_stack(StackName="macie")
    with pytest.raises(macie.exceptions.AccessDeniedException, match="Macie is not enabled"):
        macie.get_macie_session()


def test_stack_for_an_account_with_macie_on(macie, stacks):
    """It should refuse a second session for the reason that Macie gives."""
    macie.enable_macie()
    with pytest.raises(ClientError, match="already been enabled"):
        stacks.create_stack(StackName="macie", TemplateBody=template())
