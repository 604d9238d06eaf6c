"""What a role's own policies say to its calls, where they are enforced."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError

SOURCE, REGION = "111111111111", "us-west-2"
ROLE = "caretaker"


def allow(actions, resources="*", effect="Allow"):
    return {"Effect": effect, "Action": actions, "Resource": resources}


@pytest.fixture
def enforced(sandbox):
    """Let identity policies count; what is returned gives the role these statements and a client of a service."""
    iam = sandbox.client("iam", "source", REGION)
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps({"Statement": []}))
    sandbox.choose(iam_policies="enforced")
    sts = sandbox.client("sts", "source", REGION)
    arn = f"arn:aws:iam::{SOURCE}:role/{ROLE}"
    issued = sts.assume_role(RoleArn=arn, RoleSessionName="task")["Credentials"]

    def client(service, *statements):
        policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        iam.put_role_policy(RoleName=ROLE, PolicyName="own", PolicyDocument=policy)
        return boto3.client(
            service,
            REGION,
            endpoint_url=sandbox.endpoint_url,
            aws_access_key_id=issued["AccessKeyId"],
            aws_secret_access_key=issued["SecretAccessKey"],
            aws_session_token=issued["SessionToken"],
        )

    return client


@pytest.mark.parametrize(
    ("service", "operation", "code", "status"),
    [
        ("sqs", "list_queues", "AccessDeniedException", 400),
        ("rds", "describe_db_clusters", "AccessDenied", 403),
        ("sns", "list_topics", "AuthorizationError", 403),
        ("macie2", "get_macie_session", "AccessDeniedException", 403),
        ("ec2", "describe_vpcs", "UnauthorizedOperation", 403),
    ],
)
def test_action_that_no_policy_allows_is_refused(enforced, service, operation, code, status):
    """It should refuse it as the service's protocol does, by the name of the action."""
    client = enforced(service, allow("dms:*"))
    with pytest.raises(ClientError, match="no identity-based policy allows the") as refused:
        getattr(client, operation)()
    answer = refused.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)


def test_deny_stands_above_allow(enforced):
    """It should refuse what one statement denies, whatever others allow."""
    assert "Topics" in enforced("sns", allow("sns:*")).list_topics()
    with pytest.raises(ClientError, match="AuthorizationError"):
        enforced("sns", allow("sns:*"), allow("sns:List*", effect="Deny")).list_topics()


def test_resource_that_is_named_counts(sandbox, enforced):
    """It should look at the topic, secret, key and workgroup that a request names by ARN, name or alias."""
    topic = sandbox.client("sns", "source", REGION).create_topic(Name="alerts")["TopicArn"]
    secret = sandbox.client("secretsmanager", "source", REGION).create_secret(
        Name="a/login", SecretString="x"
    )
    kms = sandbox.client("kms", "source", REGION)
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/rows", TargetKeyId=key)
    sandbox.client("athena", "source", REGION).create_work_group(Name="audit", Configuration={})
    workgroup = f"arn:aws:athena:{REGION}:{SOURCE}:workgroup/audit"
    asked = {
        ("sns", "publish", "sns:Publish", topic): {"TopicArn": topic, "Message": "new"},
        ("secretsmanager", "get_secret_value", "secretsmanager:GetSecretValue", secret["ARN"]): {
            "SecretId": "a/login"
        },
        ("kms", "describe_key", "kms:DescribeKey", key): {"KeyId": "alias/rows"},
        ("athena", "get_work_group", "athena:GetWorkGroup", workgroup): {"WorkGroup": "audit"},
    }
    for (service, operation, action, resource), parameters in asked.items():
        assert getattr(enforced(service, allow(action, resource)), operation)(**parameters)
        with pytest.raises(ClientError, match="not authorized"):
            getattr(enforced(service, allow(action, f"{resource}x")), operation)(**parameters)


RDS = f"arn:aws:rds:{REGION}:{SOURCE}"
INSTANCE = {
    "DBInstanceIdentifier": "orders",
    "Engine": "mysql",
    "DBInstanceClass": "db.t4g.micro",
    "AllocatedStorage": 20,
    "MasterUsername": "keeper",
    "MasterUserPassword": "long-enough",
}


def test_call_needs_all_databases_that_it_names(sandbox, enforced):
    """It should judge a snapshot by instance and snapshot, and a copy by source and target, each by its ARN."""
    sandbox.client("rds", "source", REGION).create_db_instance(**INSTANCE)
    point, copy = f"{RDS}:snapshot:point", f"{RDS}:snapshot:copy"
    asked = {
        ("create_db_snapshot", "CreateDBSnapshot", f"{RDS}:db:orders", point): {
            "DBInstanceIdentifier": "orders",
            "DBSnapshotIdentifier": "point",
        },
        ("copy_db_snapshot", "CopyDBSnapshot", point, copy): {
            "SourceDBSnapshotIdentifier": point,
            "TargetDBSnapshotIdentifier": "copy",
        },
    }
    for (operation, action, *named), parameters in asked.items():
        for resource in named:
            with pytest.raises(ClientError, match=f"rds:{action} on resource"):
                getattr(enforced("rds", allow(f"rds:{action}", resource)), operation)(**parameters)
        getattr(enforced("rds", allow(f"rds:{action}", named)), operation)(**parameters)


def test_tags_on_what_is_made_in_rds_need_an_action_of_their_own(enforced):
    """It should ask for the right to tag the new resource, and for it alone."""
    made = allow("rds:CreateDBInstance", f"{RDS}:db:orders")
    tags = [{"Key": "team", "Value": "orders"}]
    with pytest.raises(ClientError, match=f"rds:AddTagsToResource on resource: {RDS}:db:orders"):
        enforced("rds", made).create_db_instance(**INSTANCE, Tags=tags)
    both = allow(["rds:CreateDBInstance", "rds:AddTagsToResource"], f"{RDS}:db:orders")
    assert enforced("rds", both).create_db_instance(**INSTANCE, Tags=tags)


def test_tags_of_a_database_are_conditions(sandbox, enforced):
    """It should let a role delete what has a tag, and ask for a tag on what a role makes."""
    rds = sandbox.client("rds", "source", REGION)
    rds.create_db_instance(**INSTANCE)
    for name, value in (("own", "orders"), ("foreign", "people")):
        tags = [{"Key": "team", "Value": value}]
        rds.create_db_snapshot(DBInstanceIdentifier="orders", DBSnapshotIdentifier=name, Tags=tags)
    mine = allow("rds:DeleteDBSnapshot") | {"Condition": {"StringEquals": {"aws:ResourceTag/team": "orders"}}}
    with pytest.raises(ClientError, match="AccessDenied"):
        enforced("rds", mine).delete_db_snapshot(DBSnapshotIdentifier="foreign")
    enforced("rds", mine).delete_db_snapshot(DBSnapshotIdentifier="own")
    marked = allow("rds:*") | {"Condition": {"StringEquals": {"aws:RequestTag/team": "orders"}}}
    wanted = {"DBInstanceIdentifier": "orders", "DBSnapshotIdentifier": "next"}
    with pytest.raises(ClientError, match="AccessDenied"):
        enforced("rds", marked).create_db_snapshot(**wanted)
    tags = [{"Key": "team", "Value": "orders"}]
    assert enforced("rds", marked).create_db_snapshot(**wanted, Tags=tags)


def test_scaling_is_judged_by_the_service_that_is_scaled(sandbox, enforced):
    """It should judge changes on scalable targets and by their service's name, and descriptions on no resource."""
    sandbox.client("rds", "source", REGION).create_db_cluster(
        DBClusterIdentifier="orders",
        Engine="aurora-mysql",
        MasterUsername="keeper",
        MasterUserPassword="long-enough",
    )
    target = {
        "ServiceNamespace": "rds",
        "ResourceId": "cluster:orders",
        "ScalableDimension": "rds:cluster:ReadReplicaCount",
        "MinCapacity": 1,
        "MaxCapacity": 2,
    }
    place = f"arn:aws:application-autoscaling:{REGION}:{SOURCE}:scalable-target/*"

    def client(namespace):
        change = allow("application-autoscaling:RegisterScalableTarget", place)
        key = {"application-autoscaling:service-namespace": namespace}
        looking = allow("application-autoscaling:DescribeScalableTargets")
        tried = allow(["rds:AddTagsToResource", "rds:*DBInstance*", "rds:DescribeDBClusters"])
        condition = {"Condition": {"StringEquals": key}}
        return enforced("application-autoscaling", change | condition, looking, tried)

    with pytest.raises(ClientError, match="not authorized"):
        client("ecs").register_scalable_target(**target)
    client("rds").register_scalable_target(**target)
    assert len(client("ecs").describe_scalable_targets(ServiceNamespace="rds")["ScalableTargets"]) == 1


def test_secret_that_is_not_there_is_judged_by_its_name(enforced):
    """It should not tell a role that may not read a secret whether there is one."""
    with pytest.raises(ClientError, match="AccessDeniedException"):
        enforced("secretsmanager", allow("sns:*")).get_secret_value(SecretId="nothing")
    own = f"arn:aws:secretsmanager:{REGION}:{SOURCE}:secret:noth*"
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        enforced("secretsmanager", allow("secretsmanager:*", own)).get_secret_value(SecretId="nothing")


def test_tags_need_an_action_of_their_own(enforced):
    """It should ask for the right to tag where something is made in Macie with tags."""
    wanted = {"name": "EMAIL", "regex": "[a-z]+@[a-z]+", "tags": {"owner": "me"}}
    enforced("macie2", allow("macie2:*")).enable_macie()
    made = "macie2:CreateCustomDataIdentifier"
    with pytest.raises(ClientError, match="macie2:TagResource"):
        enforced("macie2", allow(made)).create_custom_data_identifier(**wanted)
    assert enforced("macie2", allow([made, "macie2:TagResource"])).create_custom_data_identifier(**wanted)


def test_statement_reaches_tables_as_its_caller(sandbox, enforced):
    """It should fail a statement of Athena for a table that its caller may not see in Glue."""
    s3 = sandbox.client("s3", "source", REGION)
    s3.create_bucket(Bucket="results", CreateBucketConfiguration={"LocationConstraint": REGION})
    sandbox.client("glue", "source", REGION).create_database(DatabaseInput={"Name": "shop"})
    place = f"arn:aws:glue:{REGION}:{SOURCE}:"
    rights = [allow("athena:*"), allow("s3:*")]
    names = [f"{place}catalog", f"{place}database/shop", f"{place}table/shop/orders"]

    def state(*more):
        athena = enforced("athena", *rights, *more)
        query = athena.start_query_execution(
            QueryString="CREATE EXTERNAL TABLE orders (id int) STORED AS PARQUET LOCATION 's3://results/orders/'",
            QueryExecutionContext={"Database": "shop"},
            ResultConfiguration={"OutputLocation": "s3://results/"},
        )["QueryExecutionId"]
        for _ in range(600):
            status = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
            if status["State"] not in ("QUEUED", "RUNNING"):
                return status["State"], status.get("StateChangeReason", "")
        raise AssertionError("the statement does not end")

    looking = allow(["glue:GetDatabase", "glue:GetTable"], names)
    refused, reason = state(looking)
    assert refused == "FAILED"
    assert f"not authorized to perform: glue:CreateTable on resource: {place}catalog" in reason
    assert state(looking, allow("glue:CreateTable", names))[0] == "SUCCEEDED"


def test_call_about_a_table_asks_for_its_database_and_the_catalogue(sandbox, enforced):
    """It should refuse a call of Glue itself whose caller may reach the table, and not what it is in."""
    sandbox.client("glue", "source", REGION).create_database(DatabaseInput={"Name": "shop"})
    place = f"arn:aws:glue:{REGION}:{SOURCE}:"
    wanted = {"DatabaseName": "shop", "TableInput": {"Name": "orders"}}
    with pytest.raises(ClientError, match=r"CreateTable on resource: .*:catalog"):
        enforced("glue", allow("glue:CreateTable", [f"{place}table/shop/orders"])).create_table(**wanted)
    names = [f"{place}catalog", f"{place}database/shop", f"{place}table/shop/orders"]
    enforced("glue", allow(["glue:CreateTable", "glue:GetTable"], names)).create_table(**wanted)
    asked = [one["resource"] for one in sandbox.judged(ROLE) if one["allowed"]]
    assert asked[-3:] == names


def test_what_is_judged_is_kept(sandbox, enforced):
    """It should list actions and resources that a role's policies were asked for, and forget them with a reset."""
    enforced("sns", allow("sns:ListTopics")).list_topics()
    [judged] = sandbox.judged(ROLE)
    assert (judged["action"], judged["resource"], judged["allowed"]) == ("sns:ListTopics", "*", True)
    assert sandbox.judged("another") == []
    sandbox.reset()
    assert sandbox.judged(ROLE) == []


def test_scaling_tries_what_it_will_do(sandbox, enforced):
    """It should refuse a target whose caller may not make, tag and delete instances, and a policy without alarms."""
    sandbox.client("rds", "source", REGION).create_db_cluster(
        DBClusterIdentifier="orders",
        Engine="aurora-mysql",
        MasterUsername="keeper",
        MasterUserPassword="long-enough",
    )
    key = {"ServiceNamespace": "rds", "ResourceId": "cluster:orders"}
    key |= {"ScalableDimension": "rds:cluster:ReadReplicaCount"}
    aim = {
        "TargetValue": 60.0,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "RDSReaderAverageCPUUtilization"},
    }
    scaling = allow(["application-autoscaling:*", "rds:Describe*"])
    nameless, nobodys = f"{RDS}:db:", f"arn:aws:rds:{REGION}:12345:db:non-existing-db"
    tried = [
        allow("rds:CreateDBInstance", [f"{RDS}:cluster:orders", nameless]),
        allow("rds:DeleteDBInstance", nameless),
        allow("rds:AddTagsToResource", nobodys),
    ]
    for number, statement in enumerate(tried):
        others = tried[:number] + tried[number + 1 :]
        with pytest.raises(ClientError, match=rf"ValidationException.*{statement['Action']} on resource"):
            enforced("application-autoscaling", scaling, *others).register_scalable_target(
                **key, MinCapacity=1, MaxCapacity=2
            )
    enforced("application-autoscaling", scaling, *tried).register_scalable_target(
        **key, MinCapacity=1, MaxCapacity=2
    )
    policy = {**key, "PolicyName": "cpu", "PolicyType": "TargetTrackingScaling"}
    with pytest.raises(ClientError, match=r"ValidationException.*cloudwatch:PutMetricAlarm"):
        enforced("application-autoscaling", scaling).put_scaling_policy(
            **policy, TargetTrackingScalingPolicyConfiguration=aim
        )
    alarms = f"arn:aws:cloudwatch:{REGION}:{SOURCE}:alarm:TargetTracking-cluster:orders-*"
    setting = [allow("cloudwatch:PutMetricAlarm", alarms), allow("cloudwatch:DescribeAlarms")]
    enforced("application-autoscaling", scaling, *setting).put_scaling_policy(
        **policy, TargetTrackingScalingPolicyConfiguration=aim
    )
    with pytest.raises(ClientError, match=r"ValidationException.*cloudwatch:DeleteAlarms"):
        enforced("application-autoscaling", scaling).delete_scaling_policy(**key, PolicyName="cpu")


def test_domain_in_the_path_counts(sandbox, enforced):
    """It should judge a call by the domain that its path names."""
    domain = f"arn:aws:es:{REGION}:{SOURCE}:domain"
    looking = enforced("opensearch", allow("es:*", f"{domain}/products"))
    with pytest.raises(ClientError, match="not authorized"):
        looking.list_packages_for_domain(DomainName="people")
    with pytest.raises(ClientError, match="ResourceNotFound"):
        looking.list_packages_for_domain(DomainName="products")
