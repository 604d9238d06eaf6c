import json

import pytest

from tests.support.dms import BUCKET, PASSWORD, REGION, SECRET_ROLE, SOURCE, USER, include, refused, trust


def template(**endpoint):
    """Return a stack of a load from a database in a secret, with numbers as texts where templates have them."""
    return {
        "Resources": {
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "RoleName": "writer",
                    "AssumeRolePolicyDocument": json.loads(trust("dms.amazonaws.com")),
                },
            },
            "Group": {
                "Type": "AWS::DMS::ReplicationSubnetGroup",
                "Properties": {
                    "ReplicationSubnetGroupIdentifier": "net",
                    "ReplicationSubnetGroupDescription": "All",
                    "SubnetIds": ["subnet-1", "subnet-2"],
                },
            },
            "Instance": {
                "Type": "AWS::DMS::ReplicationInstance",
                "Properties": {
                    "ReplicationInstanceClass": "dms.t3.small",
                    "AllocatedStorage": "20",
                    "MultiAZ": "false",
                    "ReplicationSubnetGroupIdentifier": {"Ref": "Group"},
                },
            },
            "Source": {
                "Type": "AWS::DMS::Endpoint",
                "Properties": {
                    "EndpointType": "source",
                    "EngineName": "mysql",
                    "MySqlSettings": {
                        "SecretsManagerSecretId": "login",
                        "SecretsManagerAccessRoleArn": SECRET_ROLE,
                    },
                },
            },
            "Target": {
                "Type": "AWS::DMS::Endpoint",
                "Properties": {
                    "EndpointIdentifier": "lake",
                    "EndpointType": "target",
                    "EngineName": "s3",
                    "S3Settings": {
                        "BucketName": BUCKET,
                        "DataFormat": "parquet",
                        "ServiceAccessRoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
                        "RowGroupLength": "500",
                        **endpoint,
                    },
                },
            },
            "Task": {
                "Type": "AWS::DMS::ReplicationTask",
                "Properties": {
                    "ReplicationTaskIdentifier": "load",
                    "MigrationType": "full-load",
                    "ReplicationInstanceArn": {"Ref": "Instance"},
                    "SourceEndpointArn": {"Ref": "Source"},
                    "TargetEndpointArn": {"Ref": "Target"},
                    "TableMappings": json.dumps({"rules": [include()]}),
                },
            },
        },
        "Outputs": {"Task": {"Value": {"Ref": "Task"}}},
    }


@pytest.fixture
def deploy(migration):
    """Create or update the stack, and return its output."""
    stacks = migration.client("cloudformation")

    def run(call=stacks.create_stack, **endpoint):
        call(StackName="extract", TemplateBody=json.dumps(template(**endpoint)))
        [stack] = stacks.describe_stacks(StackName="extract")["Stacks"]
        return stack["Outputs"][0]["OutputValue"]

    run.stacks = stacks
    return run


def test_stack_loads(migration, mysql, deploy):
    """It should make from a template all that a load needs, ready for use."""
    mysql.do("CREATE TABLE item (id INT)", "INSERT INTO item VALUES (1)")
    login = {"username": USER, "password": PASSWORD, "host": mysql.host, "port": mysql.port}
    migration.client("secretsmanager").create_secret(Name="login", SecretString=json.dumps(login))
    task = migration.show(deploy())
    assert task["Status"] == "ready"
    for name in ("SourceEndpointArn", "TargetEndpointArn"):
        assert migration.test(task["ReplicationInstanceArn"], task[name])["Status"] == "successful"
    migration.run(task["ReplicationTaskArn"])
    assert migration.states(task["ReplicationTaskArn"]) == {"item": ("Table completed", 1)}


def test_stack_is_updated_and_deleted(migration, deploy):
    """It should change endpoints with their template, and remove everything with the stack."""
    deploy()
    deploy(deploy.stacks.update_stack, BucketFolder="today", RowGroupLength="700")
    wanted = [{"Name": "endpoint-id", "Values": ["lake"]}]
    [found] = migration.dms.describe_endpoints(Filters=wanted)["Endpoints"]
    assert (found["S3Settings"]["BucketFolder"], found["S3Settings"]["RowGroupLength"]) == ("today", 700)
    deploy.stacks.delete_stack(StackName="extract")
    dms = migration.dms
    assert dms.describe_replication_tasks()["ReplicationTasks"] == []
    assert dms.describe_endpoints()["Endpoints"] == []
    assert dms.describe_replication_instances()["ReplicationInstances"] == []
    assert dms.describe_replication_subnet_groups()["ReplicationSubnetGroups"] == []


def test_stack_with_a_certificate(migration, data_plane):
    """It should keep a certificate that a template brings."""
    properties = {
        "CertificateIdentifier": "rds",
        "CertificatePem": data_plane.authority.ca_bundle.read_text(),
    }
    body = {"Resources": {"Authority": {"Type": "AWS::DMS::Certificate", "Properties": properties}}}
    stacks = migration.client("cloudformation")
    stacks.create_stack(StackName="trust", TemplateBody=json.dumps(body))
    [found] = migration.dms.describe_certificates()["Certificates"]
    assert found["CertificateArn"].startswith(f"arn:aws:dms:{REGION}:{SOURCE}:cert:")
    stacks.delete_stack(StackName="trust")
    assert migration.dms.describe_certificates()["Certificates"] == []


def test_stack_that_dms_refuses(migration, deploy):
    """It should refuse a stack for the reason that DMS gives."""
    assert "SSE_KMS" in refused("InvalidParameterValueException", deploy, EncryptionMode="sse-kms")
