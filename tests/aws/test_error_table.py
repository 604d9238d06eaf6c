from __future__ import annotations

import botocore.session
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, ReadTimeoutError
from botocore.retries.standard import ThrottledRetryableChecker

from switchyard.aws.error_table import _CODES, _REMEDIES, Disposition, disposition, error_code, remedy


def client_error(code, message="", status=400):
    answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "CopyDBClusterSnapshot")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("Throttling", Disposition.RETRY_SHORT),
        ("InvalidDBClusterStateFault", Disposition.RETRY_SHORT),
        ("InvalidDBInstanceState", Disposition.RETRY_SHORT),
        ("InsufficientDBInstanceCapacity", Disposition.ELSEWHERE),
        ("DBClusterAlreadyExistsFault", Disposition.CONFLICT),
        ("DBInstanceAlreadyExists", Disposition.CONFLICT),
        ("DBInstanceNotFound", Disposition.ABSENT),
        ("KMSKeyNotAccessibleFault", Disposition.FATAL),
        ("DBSubnetGroupNotFoundFault", Disposition.FATAL),
        ("AccessDenied", Disposition.FATAL),
        ("SomethingNew", Disposition.FATAL),
    ],
)
def test_codes_are_sorted(code, expected):
    """It should know what each code asks for."""
    assert disposition(client_error(code)) is expected


def test_snapshot_quota_is_two_errors():
    """It should queue behind copies in flight, and stop at the limit of snapshots."""
    queue = client_error(
        "SnapshotQuotaExceeded", "Cannot copy more than 5 snapshots across regions at this time."
    )
    full = client_error("SnapshotQuotaExceeded", "Cannot create more than 100 manual snapshots")
    assert (disposition(queue), disposition(full)) == (Disposition.RETRY_QUEUE, Disposition.FATAL)
    assert "quota" in remedy(full)
    assert "quota" not in remedy(queue)


def test_unknown_server_errors_are_retried():
    """It should believe that an answer of 500 or above may pass."""
    assert disposition(client_error("Whatever", status=503)) is Disposition.RETRY_SHORT


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (EndpointConnectionError(endpoint_url="http://x"), Disposition.RETRY_SHORT),
        (ReadTimeoutError(endpoint_url="http://x"), Disposition.RETRY_SHORT),
        (NoCredentialsError(), Disposition.FATAL),
    ],
)
def test_errors_of_the_client_itself_are_sorted(error, expected):
    """It should retry a broken connection, not a broken configuration."""
    assert disposition(error) is expected
    assert error_code(error) == type(error).__name__
    assert remedy(error)


def test_all_of_botocores_throttling_codes_are_retried():
    """It should miss none of the codes that botocore itself takes for throttling."""
    odd = {
        code
        for code in ThrottledRetryableChecker._THROTTLED_ERROR_CODES
        if disposition(client_error(code)) != "retry shortly"
    }
    assert odd == set()


def test_rds_codes_are_spelled_as_rds_spells_them():
    """It should hold no RDS code that the service model does not know."""
    model = botocore.session.get_session().get_service_model("rds")
    known = {shape.metadata.get("error", {}).get("code", name) for name, shape in _errors(model)}
    ours = {code for codes in _CODES.values() for code in codes} | set(_REMEDIES)
    rds = {code for code in ours if code.startswith(("DB", "InvalidDB", "Insufficient", "Shared", "Storage"))}
    assert len(rds) > 20
    assert rds - known == set()


def _errors(model):
    for name in model.shape_names:
        shape = model.shape_for(name)
        if shape.metadata.get("exception"):
            yield name, shape
