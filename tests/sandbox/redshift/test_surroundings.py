"""What a warehouse reaches outside, and under which roles."""

import json

import pytest

from sandbox.objects import AccessDenied
from sandbox.rds import endpoints
from sandbox.redshift.surroundings import Outside
from sandbox.runtime import runtime
from sandbox.warehouse.errors import RedshiftError
from tests.support.redshift import REGION, SOURCE

TARGET = "222222222222"
FEDERATED, LAKE = f"arn:aws:iam::{SOURCE}:role/federated", f"arn:aws:iam::{SOURCE}:role/lake"
LOGIN = {"username": "reader", "password": "x"}


def trust(**principal):
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def iam(api):
    """IAM with the role "federated", which trusts Redshift, and "lake", which trusts that role."""
    iam = api.client("iam")
    iam.create_role(RoleName="federated", AssumeRolePolicyDocument=trust(Service="redshift.amazonaws.com"))
    iam.create_role(RoleName="lake", AssumeRolePolicyDocument=trust(AWS=FEDERATED))
    return iam


@pytest.fixture
def outside(iam):
    """The world of a warehouse with that role attached."""
    return Outside(SOURCE, REGION, lambda: [FEDERATED], lambda: FEDERATED)


@pytest.fixture
def secret(api):
    """The ARN of a login in Secrets Manager."""
    return api.client("secretsmanager").create_secret(Name="login", SecretString=json.dumps(LOGIN))["ARN"]


def test_attached_roles(outside):
    """It should know them, and the default."""
    assert outside.roles() == {FEDERATED}
    assert outside.default_role() == FEDERATED


def test_time_is_the_sandbox_s(sandbox, outside):
    """It should follow the sandbox's clock."""
    before = outside.now()
    sandbox.advance(3600)
    assert 3600 <= (outside.now() - before).total_seconds() < 3700
    assert before.utcoffset().total_seconds() == 0


def test_role_that_is_not_attached(outside):
    """It should be of no use, whatever it trusts."""
    with pytest.raises(RedshiftError, match=f"The requested role {LAKE} is not associated to cluster"):
        outside.objects([LAKE])


def test_role_that_does_not_trust_redshift(iam, outside):
    """It should be of no use, though it is attached; and likewise where there is no such role."""
    iam.update_assume_role_policy(RoleName="federated", PolicyDocument=trust(Service="ec2.amazonaws.com"))
    with pytest.raises(RedshiftError, match="Not authorized to get credentials of role"):
        outside.objects([FEDERATED])
    iam.delete_role(RoleName="federated")
    with pytest.raises(RedshiftError, match="Not authorized to get credentials of role"):
        outside.catalogue([FEDERATED])


def test_chain_of_roles(sandbox, api, iam, outside):
    """It should act as the last role, where each trusts the one before and that one may take it."""
    assert outside.objects([FEDERATED, LAKE]).principal.arn == LAKE
    sandbox.choose(iam_policies="enforced")
    with pytest.raises(RedshiftError, match=f"Not authorized to get credentials of role {LAKE}"):
        outside.objects([FEDERATED, LAKE])
    api.allow("federated", {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": LAKE})
    assert outside.objects([FEDERATED, LAKE]).principal.arn == LAKE
    iam.update_assume_role_policy(RoleName="lake", PolicyDocument=trust(Service="redshift.amazonaws.com"))
    with pytest.raises(RedshiftError, match=f"Not authorized to get credentials of role {LAKE}"):
        outside.objects([FEDERATED, LAKE])


def test_objects_are_the_role_s(sandbox, api, outside):
    """It should reach what the policies of the role allow."""
    api.client("s3").create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": REGION})
    sandbox.choose(iam_policies="enforced")
    api.allow(
        "federated", {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::lake/in/*"}
    )
    objects = outside.objects([FEDERATED])
    objects.write("lake", "in/a", b"x")
    with pytest.raises(AccessDenied, match="Access Denied"):
        objects.write("lake", "out/a", b"x")


def test_secret_is_read(outside, secret):
    """It should return the content, by its ARN."""
    assert outside.secret(secret, FEDERATED) == LOGIN


@pytest.mark.parametrize(
    ("resource", "allowed"),
    [("*", True), ("arn:aws:secretsmanager:us-west-2:111111111111:secret:other*", False)],
)
def test_secret_that_the_role_may_not_read(sandbox, api, outside, secret, resource, allowed):
    """It should be refused where no policy of the role allows it."""
    sandbox.choose(iam_policies="enforced")
    action = "secretsmanager:GetSecretValue"
    api.allow("federated", {"Effect": "Allow", "Action": action, "Resource": resource})
    if allowed:
        assert outside.secret(secret, FEDERATED) == LOGIN
    else:
        with pytest.raises(RedshiftError, match=f"{FEDERATED} is not authorized to perform: {action}"):
            outside.secret(secret, FEDERATED)


def test_secret_whose_policy_denies(api, outside, secret):
    """It should be refused where the secret's own policy denies it."""
    denied = {"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [denied]})
    api.client("secretsmanager").put_resource_policy(SecretId=secret, ResourcePolicy=policy)
    with pytest.raises(RedshiftError, match="is not authorized to perform"):
        outside.secret(secret, FEDERATED)


def test_secret_of_another_account(sandbox, outside):
    """It should be refused unless the secret's policy allows it."""
    secrets = sandbox.client("secretsmanager", TARGET, REGION)
    secret = secrets.create_secret(Name="login", SecretString=json.dumps(LOGIN))["ARN"]
    with pytest.raises(RedshiftError, match="is not authorized to perform"):
        outside.secret(secret, FEDERATED)
    allowed = {
        "Effect": "Allow",
        "Principal": {"AWS": FEDERATED},
        "Action": "secretsmanager:GetSecretValue",
        "Resource": "*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    secrets.put_resource_policy(SecretId=secret, ResourcePolicy=policy)
    assert outside.secret(secret, FEDERATED) == LOGIN


def test_secret_under_a_key(api, outside):
    """It should be refused where the key's policy does not let the role decrypt."""
    kms = api.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    secret = api.client("secretsmanager").create_secret(
        Name="login", SecretString=json.dumps(LOGIN), KmsKeyId=key
    )["ARN"]
    assert outside.secret(secret, FEDERATED) == LOGIN
    other = {
        "Effect": "Allow",
        "Principal": {"AWS": LAKE},
        "Action": "kms:*",
        "Resource": "*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [other]})
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy, BypassPolicyLockoutSafetyCheck=True)
    with pytest.raises(RedshiftError, match="kms:Decrypt"):
        outside.secret(secret, FEDERATED)


@pytest.mark.parametrize("text", ["no JSON", "[1, 2]"])
def test_secret_that_is_no_object(api, outside, text):
    """It should be refused."""
    secret = api.client("secretsmanager").create_secret(Name="login", SecretString=text)["ARN"]
    with pytest.raises(RedshiftError, match="not a JSON object"):
        outside.secret(secret, FEDERATED)


def test_secret_that_is_not_there(outside):
    """It should be refused by its ARN."""
    gone = f"arn:aws:secretsmanager:{REGION}:{SOURCE}:secret:gone-abcdef"
    with pytest.raises(RedshiftError, match=f"Unable to get the secret {gone}"):
        outside.secret(gone, FEDERATED)


def test_address_stays_as_it_is(outside):
    """It should route an address nowhere else, nor a name where there is no data plane."""
    assert outside.route("127.0.0.1", 3306) == ("127.0.0.1", 3306)
    name = f"orders.cluster-abc.{REGION}.rds.amazonaws.com"
    assert outside.route(name, 3306) == (name, 3306)


def test_name_of_an_endpoint_is_routed(engines_sandbox, outside):
    """It should lead AWS's name of a writer, reader or instance endpoint to the data plane's address of it."""
    for kind, of in {"cluster": "cluster-abc", "cluster-ro": "cluster-ro-abc", "instance": "abc"}.items():
        routed = outside.route(f"orders.{of}.{REGION}.rds.amazonaws.com", 3306)
        assert routed == (endpoints.host(SOURCE, REGION, "orders", kind), runtime.router.port("mysql"))
