import json

import pytest
from botocore.exceptions import ClientError

from tests.support.dms import SOURCE, refused


class Stack:
    """A stack of one account, made and changed resource by resource."""

    def __init__(self, sandbox):
        self._stacks = sandbox.client("cloudformation")

    def make(self, parameters=None, values=None, **resources):
        """Make the stack and return what `Ref` gives for each resource."""
        return self._call(self._stacks.create_stack, resources, parameters or {}, values or {})

    def change(self, **resources):
        return self._call(self._stacks.update_stack, resources, {}, {})

    def delete(self):
        self._stacks.delete_stack(StackName="one")

    def _call(self, call, resources, parameters, values):
        body = {
            "Resources": {
                name: {"Type": kind, "Properties": properties}
                for name, (kind, properties) in resources.items()
            },
            "Parameters": parameters,
            "Outputs": {name: {"Value": {"Ref": name}} for name in resources},
        }
        given = [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]
        call(StackName="one", TemplateBody=json.dumps(body), Parameters=given)
        [stack] = self._stacks.describe_stacks(StackName="one")["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


@pytest.fixture
def stack(sandbox):
    return Stack(sandbox)


def bucket(**properties):
    return "AWS::S3::Bucket", {"BucketName": "crates", **properties}


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def test_unknown_types_are_refused(sandbox, stack):
    """It should refuse a type that it does not make, instead of a stack that lacks it."""
    refused("NotImplemented", stack.make, Thing=("AWS::Macie::Nothing", {}))


def test_failed_stack_leaves_nothing(sandbox, stack):
    """It should remove what it made of a stack before a resource failed."""
    twice = {"DatabaseInput": {"Name": "audit"}, "CatalogId": SOURCE}
    crates, database = bucket(), ("AWS::Glue::Database", twice)
    refused("AlreadyExistsException", stack.make, Crates=crates, One=database, Two=database)
    assert sandbox.client("s3").list_buckets()["Buckets"] == []
    assert sandbox.client("cloudformation").describe_stacks()["Stacks"] == []
    assert stack.make(Crates=crates, One=database) == {"Crates": "crates", "One": "audit"}


def test_stack_is_deleted_backwards(sandbox, stack):
    """It should delete what depends on a resource before the resource itself."""
    resources = {"Crates": bucket()}
    for number in range(5):
        properties = {"BucketName": {"Fn::Sub": f"${{Crates}}-{number}"}}
        document = policy({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"})
        attached = {"Bucket": {"Ref": f"Bucket{number}"}, "PolicyDocument": document}
        resources[f"Policy{number}"] = ("AWS::S3::BucketPolicy", attached)
        resources[f"Bucket{number}"] = ("AWS::S3::Bucket", properties)
    stack.make(**resources)
    stack.delete()
    assert sandbox.client("s3").list_buckets()["Buckets"] == []


@pytest.mark.parametrize(
    ("rules", "value", "problem"),
    [
        ({"Type": "String", "AllowedValues": ["a", "b"]}, "c", "one of a, b"),
        ({"Type": "String", "AllowedPattern": "[a-z]+"}, "a1", "text that fits"),
        ({"Type": "String", "AllowedPattern": "[a-z]+", "ConstraintDescription": "letters"}, "a1", "letters"),
        ({"Type": "String", "MaxLength": 2}, "abc", "at most 2 characters"),
        ({"Type": "Number", "MinValue": 2}, "1", "2 or more"),
        ({"Type": "Number", "MaxValue": 2}, "3", "2 or less"),
        ({"Type": "CommaDelimitedList", "AllowedValues": ["a"]}, "a,b", "one of a"),
    ],
)
def test_parameters_keep_to_their_rules(stack, rules, value, problem):
    """It should refuse a value of a parameter that the template does not admit."""
    with pytest.raises(ClientError, match=rf"\(ValidationError\).*Parameter 'Given' must be {problem}"):
        stack.make({"Given": rules}, {"Given": value}, Crates=bucket())


def test_parameters_that_are_none(stack):
    """It should refuse a parameter that the template does not have."""
    message = refused("ValidationError", stack.make, {}, {"Other": "a"}, Crates=bucket())
    assert "[Other] do not exist" in message


def test_bucket_has_its_properties(sandbox, stack):
    """It should make a bucket with encryption, public access block, ownership, lifecycle, versions and tags."""
    rule = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/crates"}
    blocks = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    made = stack.make(
        Crates=bucket(
            BucketEncryption={
                "ServerSideEncryptionConfiguration": [
                    {"BucketKeyEnabled": "true", "ServerSideEncryptionByDefault": rule}
                ]
            },
            PublicAccessBlockConfiguration=dict.fromkeys(blocks, "true"),
            OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            LifecycleConfiguration={
                "Rules": [
                    {
                        "Id": "old",
                        "Status": "Enabled",
                        "Prefix": "a/",
                        "ExpirationInDays": "3",
                        "NoncurrentVersionExpiration": {"NoncurrentDays": 4},
                        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
                    }
                ]
            },
            VersioningConfiguration={"Status": "Enabled"},
            Tags=[{"Key": "holds", "Value": "crates"}],
        )
    )
    s3, name = sandbox.client("s3"), {"Bucket": made["Crates"]}
    [found] = s3.get_bucket_encryption(**name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert found == {"ApplyServerSideEncryptionByDefault": rule, "BucketKeyEnabled": True}
    assert s3.get_public_access_block(**name)["PublicAccessBlockConfiguration"] == dict.fromkeys(blocks, True)
    [found] = s3.get_bucket_ownership_controls(**name)["OwnershipControls"]["Rules"]
    assert found == {"ObjectOwnership": "BucketOwnerEnforced"}
    assert s3.get_bucket_lifecycle_configuration(**name)["Rules"] == [
        {
            "ID": "old",
            "Status": "Enabled",
            "Filter": {"Prefix": "a/"},
            "Expiration": {"Days": 3},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 4},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
        }
    ]
    assert s3.get_bucket_versioning(**name)["Status"] == "Enabled"
    assert s3.get_bucket_tagging(**name)["TagSet"] == [{"Key": "holds", "Value": "crates"}]


def test_bucket_changes_with_its_template(sandbox, stack):
    """It should give a bucket what its template now says, and take from it what is left out."""
    closed = {"BlockPublicAcls": True}
    stack.make(Crates=bucket(PublicAccessBlockConfiguration=closed))
    stack.change(Crates=bucket(VersioningConfiguration={"Status": "Enabled"}))
    s3 = sandbox.client("s3")
    refused("NoSuchPublicAccessBlockConfiguration", s3.get_public_access_block, Bucket="crates")
    assert s3.get_bucket_versioning(Bucket="crates")["Status"] == "Enabled"
    stack.change(Crates=bucket())
    assert s3.get_bucket_versioning(Bucket="crates")["Status"] == "Suspended"


@pytest.mark.parametrize(
    "properties",
    [
        {"CorsConfiguration": {}},
        {"LifecycleConfiguration": {"Rules": [{"Status": "Enabled", "Transitions": []}]}},
    ],
    ids=["of a bucket", "of a rule"],
)
def test_bucket_with_other_properties(stack, properties):
    """It should refuse properties of buckets that it would have to leave out."""
    refused("NotImplemented", stack.make, Crates=bucket(**properties))


def test_bucket_that_is_not_empty(sandbox, stack):
    """It should not delete a stack whose bucket holds objects."""
    stack.make(Crates=bucket())
    sandbox.client("s3").put_object(Bucket="crates", Key="a", Body=b"")
    refused("BucketNotEmpty", stack.delete)
    [left] = sandbox.client("cloudformation").describe_stacks()["Stacks"]
    assert left["StackStatus"] == "DELETE_FAILED"
    sandbox.client("s3").delete_object(Bucket="crates", Key="a")
    stack.delete()
    assert sandbox.client("s3").list_buckets()["Buckets"] == []


def test_bucket_policy(sandbox, stack):
    """It should set, change and remove a bucket's policy with the stack."""
    s3 = sandbox.client("s3")

    def resources(prefix):
        closed = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": {"Fn::Sub": f"${{Crates.Arn}}/{prefix}/*"},
        }
        properties = {"Bucket": {"Ref": "Crates"}, "PolicyDocument": policy(closed)}
        return {"Crates": bucket(), "Policy": ("AWS::S3::BucketPolicy", properties)}

    stack.make(**resources("a"))
    s3.put_object(Bucket="crates", Key="a/1", Body=b"")
    refused("AccessDenied", s3.get_object, Bucket="crates", Key="a/1")
    stack.change(**resources("b"))
    assert s3.get_object(Bucket="crates", Key="a/1")["Body"].read() == b""
    stack.change(Crates=bucket())
    refused("NoSuchBucketPolicy", s3.get_bucket_policy, Bucket="crates")


def test_key_has_a_policy(sandbox, stack):
    """It should make a key that rotates and heeds the policy of its template."""
    owner = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{SOURCE}:root"},
        "Action": ["kms:Describe*", "kms:Get*"],
        "Resource": "*",
    }
    kms = sandbox.client("kms")
    key = stack.make(Key=("AWS::KMS::Key", {"KeyPolicy": policy(owner), "EnableKeyRotation": "true"}))["Key"]
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True
    assert json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]) == policy(owner)
    refused("AccessDeniedException", kms.encrypt, KeyId=key, Plaintext=b"x")


def test_changes_that_are_not_made(sandbox, stack):
    """It should refuse a change that it would not make, and keep the resource."""
    owner = {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}
    key = "AWS::KMS::Key", {"KeyPolicy": policy(owner)}
    made = stack.make(Key=key)
    refused("NotImplemented", stack.change, Key=(key[0], {**key[1], "Description": "new"}))
    assert sandbox.client("kms").describe_key(KeyId=made["Key"])["KeyMetadata"]["Description"] == ""


def test_attributes_that_are_none(stack):
    """It should refuse a template that wants an attribute which its resource does not have."""
    database = ("AWS::Glue::Database", {"CatalogId": SOURCE, "DatabaseInput": {"Name": "audit"}})
    other = bucket(Tags=[{"Key": "of", "Value": {"Fn::GetAtt": ["One", "Colour"]}}])
    message = refused("ValidationError", stack.make, One=database, Crates=other)
    assert "Colour" in message


def role(*managed, own=()):
    trust = {"Effect": "Allow", "Principal": {"Service": "dms.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return "AWS::IAM::Role", {
        "RoleName": "worker",
        "AssumeRolePolicyDocument": policy(trust),
        "ManagedPolicyArns": list(managed),
        "Policies": list(own),
    }


def test_role_has_its_managed_policies(sandbox, stack):
    """It should attach policies of AWS's and the account's own, refuse unknown ones, and detach them with the stack."""
    iam = sandbox.client("iam")
    own = iam.create_policy(PolicyName="own", PolicyDocument=json.dumps(
        policy({"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"})
    ))["Policy"]["Arn"]  # fmt: skip
    of_aws = "arn:aws:iam::aws:policy/service-role/AmazonDMSVPCManagementRole"
    stack.make(Worker=role(own, of_aws))
    attached = iam.list_attached_role_policies(RoleName="worker")["AttachedPolicies"]
    assert {one["PolicyArn"] for one in attached} == {own, of_aws}
    stack.delete()
    assert iam.list_roles()["Roles"] == []


def test_role_has_its_own_policies(sandbox, stack):
    """It should show the policies that its template has, as put_role_policy would have made them."""
    reading = policy({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"})
    stack.make(Worker=role(own=[{"PolicyName": "reading", "PolicyDocument": reading}]))
    found = sandbox.client("iam").get_role_policy(RoleName="worker", PolicyName="reading")
    assert found["PolicyDocument"] == reading


def test_role_with_an_unknown_policy(stack):
    """It should refuse a role with a managed policy that does not exist."""
    refused("NoSuchEntity", stack.make, Worker=role("arn:aws:iam::aws:policy/AmazonDMSVPCManagementRole"))


def test_security_group_lets_out_what_it_says(sandbox, stack):
    """It should let out what the template lists and nothing else, or everything where it lists nothing."""
    rule = {"IpProtocol": "tcp", "FromPort": "443", "ToPort": 443, "CidrIp": "10.0.0.0/8"}
    made = stack.make(
        Narrow=("AWS::EC2::SecurityGroup", {"GroupDescription": "a", "SecurityGroupEgress": [rule]}),
        Wide=("AWS::EC2::SecurityGroup", {"GroupDescription": "b"}),
    )

    def out(group):
        [found] = sandbox.client("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"]
        return [
            (one["IpProtocol"], one.get("FromPort"), [ip["CidrIp"] for ip in one["IpRanges"]])
            for one in found["IpPermissionsEgress"]
        ]

    assert out(made["Narrow"]) == [("tcp", 443, ["10.0.0.0/8"])]
    assert out(made["Wide"]) == [("-1", None, ["0.0.0.0/0"])]


def test_work_group(sandbox, stack):
    """It should make a workgroup with the template's settings, and remove it with the stack."""
    settings = {
        "EnforceWorkGroupConfiguration": "true",
        "BytesScannedCutoffPerQuery": "10000000",
        "ResultConfiguration": {"OutputLocation": "s3://crates/results/"},
    }
    athena = sandbox.client("athena")
    made = stack.make(Group=("AWS::Athena::WorkGroup", {"Name": "audit", "WorkGroupConfiguration": settings}))
    found = athena.get_work_group(WorkGroup=made["Group"])["WorkGroup"]["Configuration"]
    assert found["EnforceWorkGroupConfiguration"] is True
    assert found["BytesScannedCutoffPerQuery"] == 10_000_000
    assert found["ResultConfiguration"] == {"OutputLocation": "s3://crates/results/"}
    stack.delete()
    assert "audit" not in {group["Name"] for group in athena.list_work_groups()["WorkGroups"]}


def test_glue_database(sandbox, stack):
    """It should make a database in the catalogue, and remove it with the stack."""
    glue = sandbox.client("glue")
    properties = {"CatalogId": SOURCE, "DatabaseInput": {"Name": "audit", "Description": "Findings"}}
    made = stack.make(Catalogue=("AWS::Glue::Database", properties))
    assert glue.get_database(Name=made["Catalogue"])["Database"]["Description"] == "Findings"
    stack.delete()
    assert glue.get_databases()["DatabaseList"] == []


def test_delivery_stream_and_log_stream(sandbox, stack):
    """It should make a delivery stream into S3 that logs into a stream of its own, and remove both with the stack."""
    logging = {"Enabled": "true", "LogGroupName": {"Ref": "Group"}, "LogStreamName": {"Ref": "Log"}}
    destination = {
        "BucketARN": "arn:aws:s3:::crates",
        "RoleARN": f"arn:aws:iam::{SOURCE}:role/worker",
        "BufferingHints": {"IntervalInSeconds": "60", "SizeInMBs": "5"},
        "CloudWatchLoggingOptions": logging,
    }
    properties = {"DeliveryStreamName": "feed", "ExtendedS3DestinationConfiguration": destination}
    log = {"LogGroupName": {"Ref": "Group"}, "LogStreamName": "delivery"}
    made = stack.make(
        Group=("AWS::Logs::LogGroup", {"LogGroupName": "feeds"}),
        Log=("AWS::Logs::LogStream", log),
        Feed=("AWS::KinesisFirehose::DeliveryStream", properties),
    )
    firehose, logs = sandbox.client("firehose"), sandbox.client("logs")
    shown = firehose.describe_delivery_stream(DeliveryStreamName=made["Feed"])["DeliveryStreamDescription"]
    found = shown["Destinations"][0]["ExtendedS3DestinationDescription"]
    assert found["BufferingHints"] == {"IntervalInSeconds": 60, "SizeInMBs": 5}
    assert found["CloudWatchLoggingOptions"]["LogStreamName"] == "delivery"
    [stream] = logs.describe_log_streams(logGroupName="feeds")["logStreams"]
    assert stream["logStreamName"] == "delivery"
    stack.delete()
    assert firehose.list_delivery_streams()["DeliveryStreamNames"] == []
    assert logs.describe_log_groups()["logGroups"] == []


def test_delivery_stream_to_elsewhere(stack):
    """It should refuse delivery streams that it would not deliver."""
    properties = {
        "HttpEndpointDestinationConfiguration": {"EndpointConfiguration": {"Url": "https://a.example"}}
    }
    refused("NotImplemented", stack.make, Feed=("AWS::KinesisFirehose::DeliveryStream", properties))


def test_topic_queue_and_subscription(sandbox, stack):
    """It should give topics and queues their policies, and subscribe where the topic's policy lets the account."""
    sns, sqs = sandbox.client("sns"), sandbox.client("sqs")
    letting = policy(
        {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
    )
    hearing = policy({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sns:Subscribe"})
    queue = {"Fn::GetAtt": ["Queue", "Arn"]}
    made = stack.make(
        Topic=("AWS::SNS::Topic", {"TopicName": "news"}),
        Spoken=("AWS::SNS::TopicPolicy", {"Topics": [{"Ref": "Topic"}], "PolicyDocument": hearing}),
        Queue=("AWS::SQS::Queue", {"QueueName": "ears"}),
        Heard=("AWS::SQS::QueuePolicy", {"Queues": [{"Ref": "Queue"}], "PolicyDocument": letting}),
        Listening=(
            "AWS::SNS::Subscription",
            {
                "TopicArn": {"Ref": "Topic"},
                "Protocol": "sqs",
                "Endpoint": queue,
                "RedrivePolicy": {"deadLetterTargetArn": queue},
            },
        ),
    )
    shown = sns.get_topic_attributes(TopicArn=made["Topic"])["Attributes"]["Policy"]
    assert json.loads(shown) == hearing
    sns.publish(TopicArn=made["Topic"], Message="hear")
    url = sqs.get_queue_url(QueueName="ears")["QueueUrl"]
    [message] = sqs.receive_message(QueueUrl=url)["Messages"]
    assert json.loads(message["Body"])["Message"] == "hear"
    attributes = sns.get_subscription_attributes(SubscriptionArn=made["Listening"])["Attributes"]
    assert "ears" in json.loads(attributes["RedrivePolicy"])["deadLetterTargetArn"]
    stack.delete()
    assert sns.list_subscriptions()["Subscriptions"] == []
