import json

import pytest

from sandbox import policy
from sandbox.kms.policy import allows

OWNER = "111111111111"
OTHER = "222222222222"
ROLE = f"arn:aws:iam::{OTHER}:role/reader"
SESSION = f"arn:aws:sts::{OTHER}:assumed-role/reader/today"


def statement(effect="Allow", **elements):
    return {"Effect": effect, "Principal": {"AWS": ROLE}, "Action": "kms:*", "Resource": "*", **elements}


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ("*", True),
        ({"AWS": "*"}, True),
        ({"AWS": ROLE}, True),
        ({"AWS": SESSION}, True),
        ({"AWS": OTHER}, True),
        ({"AWS": [f"arn:aws:iam::{OTHER}:root", OWNER]}, True),
        ({"AWS": f"arn:aws:iam::{OTHER}:role/writer"}, False),
        ({"AWS": f"arn:aws:iam::{OWNER}:root"}, False),
        ({"Service": "sns.amazonaws.com"}, False),
    ],
)
def test_principal_is_known_by_all_its_names(principal, expected):
    """It should match a role session by session, role, account and root, and nobody else."""
    rules = document(statement(Principal=principal))
    assert allows(rules, OTHER, "kms:Decrypt", principal_arn=SESSION) is expected


def test_account_without_arn_stands_for_any_of_its_identities():
    """It should admit an account when the policy names one of its roles, and no other account."""
    rules = document(statement())
    assert allows(rules, OTHER, "kms:CreateGrant")
    assert not allows(rules, "333333333333", "kms:CreateGrant")


def test_silence_is_a_refusal_and_deny_wins():
    """It should refuse what no statement names, and what one allows while another denies it."""
    rules = document(statement(Action=["kms:De*"]), statement("Deny", Action="kms:decrypt"))
    assert allows(rules, OTHER, "kms:DescribeKey")
    assert not allows(rules, OTHER, "kms:Decrypt")
    assert not allows(rules, OTHER, "kms:Encrypt")
    assert not allows(document(), OTHER, "kms:Encrypt")


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({"Resource": "arn:aws:s3:::bucket/manifests/*"}, True),
        ({"Resource": "arn:aws:s3:::bucket/other/*"}, False),
        ({"Resource": None, "NotResource": "arn:aws:s3:::bucket/other/*"}, True),
        ({"Action": None, "NotAction": "s3:Get*"}, False),
        ({"Principal": None, "NotPrincipal": {"AWS": ROLE}}, False),
        ({"Principal": None, "NotPrincipal": {"AWS": OWNER}}, True),
    ],
)
def test_elements_and_their_opposites(elements, expected):
    """It should match resources by pattern, and turn Not-elements around."""
    kept = {
        key: value for key, value in statement(**{"Action": "s3:*", **elements}).items() if value is not None
    }
    request = policy.Request(
        policy.Principal(OTHER, SESSION), "s3:GetObject", "arn:aws:s3:::bucket/manifests/1.json"
    )
    assert policy.allows({"Statement": [kept]}, request) is expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringEquals": {"kms:CallerAccount": OTHER}}, True),
        ({"StringEquals": {"kms:CallerAccount": [OWNER, OTHER]}}, True),
        ({"StringEquals": {"kms:CallerAccount": OWNER}}, False),
        ({"StringNotEquals": {"kms:CallerAccount": OWNER}}, True),
        ({"StringLike": {"kms:ViaService": "rds.*.amazonaws.com"}}, True),
        ({"StringEqualsIgnoreCase": {"KMS:VIASERVICE": "RDS.us-west-1.amazonaws.com"}}, True),
        ({"Bool": {"kms:GrantIsForAWSResource": True}}, True),
        ({"Bool": {"kms:GrantIsForAWSResource": "false"}}, False),
        ({"ArnLike": {"aws:SourceArn": "arn:*"}}, False),
        ({"ArnLikeIfExists": {"aws:SourceArn": "arn:*"}}, True),
        ({"ArnNotEquals": {"aws:SourceArn": "arn:x"}}, True),
        ({"Null": {"aws:SourceArn": "true"}}, True),
        ({"Null": {"kms:ViaService": "true"}}, False),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": "a"}}, True),
        ({"ForAnyValue:StringEquals": {"kms:ViaService": ["rds.us-west-1.amazonaws.com"]}}, True),
    ],
)
def test_conditions(condition, expected):
    """It should hold conditions against the request, with AWS's answers where a key is missing."""
    context = {"kms:ViaService": "rds.us-west-1.amazonaws.com", "kms:GrantIsForAWSResource": "true"}
    rules = document(statement(Condition=condition))
    assert allows(rules, OTHER, "kms:CreateGrant", context=context) is expected


def test_service_principal():
    """It should admit a service when it is named or everyone is, in either spelling."""
    request = policy.Request(
        policy.Principal(service="sns.amazonaws.com"),
        "sqs:SendMessage",
        "arn:aws:sqs:us-west-1:222222222222:q",
        {"aws:SourceArn": "arn:aws:sns:us-west-1:111111111111:t"},
    )
    named = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "SQS:SendMessage"}
    assert policy.allows({"Statement": named}, request)
    assert policy.allows({"Statement": {**named, "Principal": {"AWS": "*"}}}, request)
    assert not policy.allows({"Statement": {**named, "Principal": {"AWS": OTHER}}}, request)
    assert policy.allows({"Statement": {**named, "Principal": "*"}}, request)


def test_unknown_condition_operator_is_an_error():
    """It should say that it cannot judge instead of guessing."""
    rules = document(statement(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}))
    with pytest.raises(policy.UnsupportedPolicyError, match="condition operator IpAddress"):
        allows(rules, OTHER, "kms:Decrypt")


@pytest.mark.parametrize(("owner", "expected"), [("AROA1:task", True), ("AROA1:other", False), (None, False)])
def test_variables_stand_for_the_request(owner, expected):
    """It should compare with who asks where a condition names a variable, and match no unknown one."""
    condition = {"StringEquals": {"redshift-data:statement-owner-iam-userid": "${aws:userid}"}}
    context = {"aws:userid": "AROA1:task"} if owner else {}
    context |= {"redshift-data:statement-owner-iam-userid": owner or "AROA1:task"}
    rules = document(statement(Condition=condition))
    assert allows(rules, OTHER, "kms:Decrypt", context=context) is expected
