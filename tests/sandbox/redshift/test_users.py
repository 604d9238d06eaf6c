import pytest

from sandbox.identity import Caller
from sandbox.redshift.users import of


@pytest.mark.parametrize(
    ("arn", "user"),
    [
        ("arn:aws:sts::111111111111:assumed-role/loader/task", "IAMR:loader"),
        ("arn:aws:iam::111111111111:role/path/loader", "IAMR:loader"),
        ("arn:aws:iam::111111111111:user/ann", "IAM:ann"),
        (None, "IAM:root"),
    ],
)
def test_user_of_an_identity(arn, user):
    """It should name the role, however it is worn, or the user."""
    assert of(Caller("111111111111", arn)) == user
