"""What the policies of buckets and keys are taken to say."""

import json

import pytest

from switchyard.discovery.policies import denies_without_tls, lets_macie_decrypt

ACCOUNT = "111111111111"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/macie.amazonaws.com/AWSServiceRoleForAmazonMacie"
PLAIN = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
DECRYPT = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "kms:Decrypt", "Resource": "*"}
ANYONE = {"Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"}


def document(*statements):
    return json.dumps({"Statement": list(statements)})


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"Principal": {"AWS": "*"}},
        {"Principal": {"AWS": ["*"]}},
        {"Action": ["s3:*"]},
        {"Resource": "*"},
        {"Resource": "arn:aws-cn:s3:::b/*"},
        {"Condition": {"Bool": {"aws:SecureTransport": False}}},
        {"Condition": {"BoolIfExists": {"aws:securetransport": ["false"]}}},
    ],
)
def test_denial_without_tls_is_known(changes):
    """It should know the statement however it is written."""
    assert denies_without_tls(document({"Effect": "Allow", "Action": "s3:*"}, PLAIN | changes), "b")
    assert denies_without_tls(json.dumps({"Statement": PLAIN | changes}), "b")


@pytest.mark.parametrize(
    "changes",
    [
        {"Effect": "Allow"},
        {"Principal": {"AWS": ROLE}},
        {"Action": "s3:GetObject"},
        {"Resource": "arn:aws:s3:::b"},
        {"Resource": "arn:aws:s3:::other/*"},
        {"Condition": {}},
        {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        {"Condition": {"Bool": {"aws:SecureTransport": "false"}, "StringEquals": {"aws:PrincipalArn": ROLE}}},
    ],
)
def test_half_a_denial_is_none(changes):
    """It should not believe in a statement that leaves somebody, something or some request out."""
    assert not denies_without_tls(document(PLAIN | changes), "b")
    assert not denies_without_tls("{}", "b")


@pytest.mark.parametrize(
    "statements",
    [
        [DECRYPT],
        [DECRYPT | {"Action": ["kms:DescribeKey", "kms:Decrypt*"]}],
        [DECRYPT | {"Action": "kms:*"}],
        [ANYONE],
        [ANYONE | {"Condition": {"StringEquals": {"aws:PrincipalArn": ROLE}}}],
        [DECRYPT, ANYONE | {"Effect": "Deny", "Condition": {"StringNotEquals": {"aws:PrincipalArn": ROLE}}}],
    ],
)
def test_key_that_lets_macie_decrypt(statements):
    """It should know Macie's role by its own name, or as one of all."""
    assert lets_macie_decrypt(document(*statements), ACCOUNT)


@pytest.mark.parametrize(
    "statements",
    [
        [],
        [DECRYPT | {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}],
        [DECRYPT | {"Principal": {"AWS": ROLE.replace(ACCOUNT, "222222222222")}}],
        [DECRYPT | {"Action": "kms:Encrypt"}],
        [DECRYPT, DECRYPT | {"Effect": "Deny"}],
        [DECRYPT, ANYONE | {"Effect": "Deny"}],
        [ANYONE | {"Condition": {"StringNotEquals": {"aws:PrincipalArn": ROLE}}}],
        [ANYONE | {"Condition": {"StringEquals": {"aws:PrincipalArn": "arn:aws:iam::1:role/other"}}}],
    ],
)
def test_key_that_leaves_macie_blind(statements):
    """It should not take for Macie's what is another account's, another action's, denied, or all but Macie's."""
    assert not lets_macie_decrypt(document(*statements), ACCOUNT)
