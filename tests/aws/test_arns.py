from __future__ import annotations

import pytest

from switchyard.aws.arns import Arn
from switchyard.errors import BadInput


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "arn:aws:rds:us-west-2:111111111111:cluster-snapshot:orders-rp-1",
            Arn("aws", "rds", "us-west-2", "111111111111", "cluster-snapshot", "orders-rp-1"),
        ),
        (
            "arn:aws:rds:us-west-2:111111111111:cluster-snapshot:rds:orders-1",
            Arn("aws", "rds", "us-west-2", "111111111111", "cluster-snapshot", "rds:orders-1"),
        ),
        (
            "arn:aws:iam::111111111111:role/team/source",
            Arn("aws", "iam", "", "111111111111", "role", "team/source"),
        ),
        ("arn:aws-cn:s3:::bucket", Arn("aws-cn", "s3", "", "", "", "bucket")),
    ],
)
def test_arns_are_taken_apart(text, expected):
    """It should know all parts, whichever mark divides type and name."""
    assert Arn.parse(text) == expected


@pytest.mark.parametrize("text", ["", "orders", "arn:aws:rds:us-west-2:111111111111:", "urn:aws:s3:::b"])
def test_other_text_is_refused(text):
    """It should name the text that is no ARN."""
    with pytest.raises(BadInput, match=rf"^ARN is '{text}': it is not of the form arn:"):
        Arn.parse(text)
