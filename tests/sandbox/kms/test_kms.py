import json

import pytest
from botocore.exceptions import ClientError

SOURCE, TARGET = "111111111111", "222222222222"
ROLE = f"arn:aws:iam::{TARGET}:role/switchyard-target"
REGION = "us-west-1"
SHARED = [
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:ReEncrypt*",
    "kms:GenerateDataKey*",
    "kms:CreateGrant",
]


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def statement(principal, actions, effect="Allow"):
    return {"Effect": effect, "Principal": {"AWS": principal}, "Action": actions, "Resource": "*"}


@pytest.fixture
def source(sandbox):
    return sandbox.client("kms", "source", REGION)


@pytest.fixture
def target(sandbox):
    return sandbox.client("kms", "target", REGION)


@pytest.fixture
def private_key(source):
    return source.create_key()["KeyMetadata"]["Arn"]


@pytest.fixture
def shared_key(source):
    rules = policy(statement(f"arn:aws:iam::{SOURCE}:root", "kms:*"), statement(TARGET, SHARED))
    return source.create_key(Policy=rules)["KeyMetadata"]["Arn"]


def refused(code):
    return pytest.raises(ClientError, match=rf"\({code}\)")


def test_foreign_key_needs_its_policy(target, private_key):
    """It should keep other accounts from a key with the default policy, naming action and key."""
    with refused("AccessDeniedException") as caught:
        target.describe_key(KeyId=private_key)
    assert "not authorized to perform: kms:DescribeKey" in str(caught.value)
    with refused("AccessDeniedException"):
        target.encrypt(KeyId=private_key, Plaintext=b"x")


def test_shared_key_works_from_the_other_account(source, target, shared_key):
    """It should describe, encrypt, decrypt and make data keys by ARN, back and forth."""
    metadata = target.describe_key(KeyId=shared_key)["KeyMetadata"]
    assert (metadata["Arn"], metadata["AWSAccountId"]) == (shared_key, SOURCE)
    sealed = target.encrypt(KeyId=shared_key, Plaintext=b"hello")["CiphertextBlob"]
    assert source.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"hello"
    data_key = source.generate_data_key(KeyId=shared_key, KeySpec="AES_256")
    opened = target.decrypt(CiphertextBlob=data_key["CiphertextBlob"])
    assert (opened["Plaintext"], opened["KeyId"]) == (data_key["Plaintext"], shared_key)


def test_only_the_actions_in_the_policy(target, shared_key):
    """It should refuse what the policy does not name, and what no policy can give to another account."""
    with refused("AccessDeniedException"):
        target.list_grants(KeyId=shared_key)
    with refused("AccessDeniedException"):
        target.disable_key(KeyId=shared_key)


def test_disabling_cannot_be_given_away(source, target):
    """It should refuse another account to disable a key even where the policy says kms:*."""
    key = source.create_key(Policy=policy(statement("*", "kms:*")))["KeyMetadata"]["Arn"]
    target.describe_key(KeyId=key)
    source.schedule_key_deletion(KeyId=key)
    for call in (target.disable_key, target.cancel_key_deletion, target.list_key_rotations):
        with refused("AccessDeniedException"):
            call(KeyId=key)


def test_policy_binds_the_own_account_too(source):
    """It should refuse the key's own account what its policy denies or does not give."""
    key = source.create_key(
        Policy=policy(statement(SOURCE, "kms:*"), statement(SOURCE, "kms:Encrypt", "Deny"))
    )["KeyMetadata"]["KeyId"]
    source.describe_key(KeyId=key)
    with refused("AccessDeniedException"):
        source.encrypt(KeyId=key, Plaintext=b"x")
    source.put_key_policy(KeyId=key, PolicyName="default", Policy=policy(statement(TARGET, "kms:*")))
    with refused("AccessDeniedException"):
        source.describe_key(KeyId=key)


def test_taking_the_policy_back_ends_access(source, target, shared_key):
    """It should refuse another account as soon as the policy no longer names it."""
    sealed = target.encrypt(KeyId=shared_key, Plaintext=b"x")["CiphertextBlob"]
    source.put_key_policy(KeyId=shared_key, PolicyName="default", Policy=policy(statement(SOURCE, "kms:*")))
    with refused("AccessDeniedException"):
        target.decrypt(CiphertextBlob=sealed)


def test_grant_gives_what_the_policy_does_not(source, target, private_key):
    """It should allow the grantee the grant's operations and nothing more, until it is revoked."""
    grant = source.create_grant(
        KeyId=private_key, GranteePrincipal=ROLE, Operations=["Encrypt", "DescribeKey"]
    )
    target.describe_key(KeyId=private_key)
    sealed = target.encrypt(KeyId=private_key, Plaintext=b"x")["CiphertextBlob"]
    with refused("AccessDeniedException"):
        target.decrypt(CiphertextBlob=sealed)
    source.revoke_grant(KeyId=private_key, GrantId=grant["GrantId"])
    with refused("AccessDeniedException"):
        target.describe_key(KeyId=private_key)


def test_foreign_account_creates_grants(source, target, shared_key):
    """It should put a grant on another account's key where the policy allows kms:CreateGrant."""
    target.create_grant(KeyId=shared_key, GranteePrincipal=ROLE, Operations=["Decrypt"])
    [grant] = source.list_grants(KeyId=shared_key)["Grants"]
    assert (grant["GranteePrincipal"], grant["Operations"]) == (ROLE, ["Decrypt"])


@pytest.mark.parametrize("call", ["describe_key", "list_grants", "get_key_policy"])
def test_unknown_key(source, call):
    """It should say NotFoundException for a key that does not exist."""
    extra = {"PolicyName": "default"} if call == "get_key_policy" else {}
    with refused("NotFoundException"):
        getattr(source, call)(KeyId="12345678-1234-1234-1234-123456789012", **extra)


def test_grant_on_an_unknown_key(source, target):
    """It should say NotFoundException, in the own account and in another."""
    for key in ("12345678-1234-1234-1234-123456789012", f"arn:aws:kms:{REGION}:{TARGET}:key/nothing"):
        with refused("NotFoundException"):
            source.create_grant(KeyId=key, GranteePrincipal=ROLE, Operations=["Decrypt"])


def test_key_of_another_region(sandbox, shared_key):
    """It should not find a key by its ARN from another Region's endpoint."""
    with refused("NotFoundException") as caught:
        sandbox.client("kms", "source", "us-west-2").describe_key(KeyId=shared_key)
    assert "Invalid arn us-west-1" in str(caught.value)


def test_aliases(source, target, shared_key):
    """It should take an alias name in the own account and an alias ARN from anywhere."""
    source.create_alias(AliasName="alias/recovery", TargetKeyId=shared_key)
    assert source.describe_key(KeyId="alias/recovery")["KeyMetadata"]["Arn"] == shared_key
    alias_arn = f"arn:aws:kms:{REGION}:{SOURCE}:alias/recovery"
    assert target.describe_key(KeyId=alias_arn)["KeyMetadata"]["Arn"] == shared_key
    with refused("NotFoundException"):
        target.describe_key(KeyId="alias/recovery")
    with refused("NotFoundException"):
        source.encrypt(KeyId="alias/nothing", Plaintext=b"x")
    with refused("AlreadyExistsException"):
        source.create_alias(AliasName="alias/recovery", TargetKeyId=shared_key)


def test_disabled_key(source, private_key):
    """It should be described but not used while it is disabled."""
    sealed = source.encrypt(KeyId=private_key, Plaintext=b"x")["CiphertextBlob"]
    source.disable_key(KeyId=private_key)
    assert source.describe_key(KeyId=private_key)["KeyMetadata"]["KeyState"] == "Disabled"
    with refused("DisabledException"):
        source.encrypt(KeyId=private_key, Plaintext=b"x")
    with refused("DisabledException"):
        source.decrypt(CiphertextBlob=sealed)
    with refused("DisabledException"):
        source.create_grant(KeyId=private_key, GranteePrincipal=ROLE, Operations=["Decrypt"])
    source.enable_key(KeyId=private_key)
    assert source.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"


def test_key_pending_deletion(source, private_key):
    """It should answer with the key's state, rule out use and enabling, and come back disabled."""
    answer = source.schedule_key_deletion(KeyId=private_key, PendingWindowInDays=7)
    assert (answer["KeyId"], answer["KeyState"]) == (private_key, "PendingDeletion")
    assert answer["PendingWindowInDays"] == 7
    assert source.describe_key(KeyId=private_key)["KeyMetadata"]["DeletionDate"] == answer["DeletionDate"]
    with refused("KMSInvalidStateException"):
        source.encrypt(KeyId=private_key, Plaintext=b"x")
    with refused("KMSInvalidStateException"):
        source.enable_key(KeyId=private_key)
    source.cancel_key_deletion(KeyId=private_key)
    assert source.describe_key(KeyId=private_key)["KeyMetadata"]["KeyState"] == "Disabled"


@pytest.mark.parametrize("days", [6, 31])
def test_waiting_period_of_a_deletion(source, private_key, days):
    """It should refuse a period outside 7 to 30 days, and take 30 where none is given."""
    with refused("ValidationException"):
        source.schedule_key_deletion(KeyId=private_key, PendingWindowInDays=days)
    assert source.schedule_key_deletion(KeyId=private_key)["PendingWindowInDays"] == 30


def test_aws_managed_key(source):
    """It should be managed by AWS and closed to direct use."""
    metadata = source.describe_key(KeyId="alias/aws/rds")["KeyMetadata"]
    assert metadata["KeyManager"] == "AWS"
    assert source.create_key()["KeyMetadata"]["KeyManager"] == "CUSTOMER"
    with refused("AccessDeniedException"):
        source.encrypt(KeyId="alias/aws/rds", Plaintext=b"x")


def test_policy_must_be_one(source, private_key):
    """It should refuse a key policy that is not a policy document."""
    with refused("MalformedPolicyDocumentException"):
        source.create_key(Policy="not json")
    with refused("MalformedPolicyDocumentException"):
        source.put_key_policy(KeyId=private_key, PolicyName="default", Policy="{}")


def test_decrypting_with_the_wrong_key_or_context(source, private_key, shared_key):
    """It should refuse a ciphertext under another key, context, or that KMS never made."""
    sealed = source.encrypt(KeyId=private_key, Plaintext=b"x", EncryptionContext={"db": "1"})[
        "CiphertextBlob"
    ]
    with refused("IncorrectKeyException"):
        source.decrypt(CiphertextBlob=sealed, KeyId=shared_key, EncryptionContext={"db": "1"})
    with refused("InvalidCiphertextException"):
        source.decrypt(CiphertextBlob=sealed, EncryptionContext={"db": "2"})
    with refused("InvalidCiphertextException"):
        source.decrypt(CiphertextBlob=b"nonsense")
    opened = source.decrypt(CiphertextBlob=sealed, KeyId=private_key, EncryptionContext={"db": "1"})
    assert opened["Plaintext"] == b"x"


def test_re_encrypting_across_accounts(source, target, shared_key):
    """It should move a ciphertext from the source's key to the target's own."""
    own = target.create_key()["KeyMetadata"]["Arn"]
    sealed = source.encrypt(KeyId=shared_key, Plaintext=b"x")["CiphertextBlob"]
    moved = target.re_encrypt(CiphertextBlob=sealed, DestinationKeyId=own)
    assert (moved["SourceKeyId"], moved["KeyId"]) == (shared_key, own)
    assert target.decrypt(CiphertextBlob=moved["CiphertextBlob"])["Plaintext"] == b"x"
    with refused("AccessDeniedException"):
        source.decrypt(CiphertextBlob=moved["CiphertextBlob"])
