from __future__ import annotations

import botocore.session
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, ReadTimeoutError
from botocore.retries.standard import ThrottledRetryableChecker

from switchyard.aws.error_table import _CODES, _REMEDIES, Disposition, disposition, error_code, remedy


def client_error(code, message="", status=400, operation="CopyDBClusterSnapshot"):
    answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, operation)


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
        ("ConflictException", Disposition.CONFLICT),
        ("PreconditionFailed", Disposition.CONFLICT),
        ("ConditionalRequestConflict", Disposition.RETRY_SHORT),
        ("InternalException", Disposition.RETRY_SHORT),
        ("index_not_found_exception", Disposition.ABSENT),
        ("resource_already_exists_exception", Disposition.CONFLICT),
        ("circuit_breaking_exception", Disposition.RETRY_SHORT),
        ("security_exception", Disposition.FATAL),
        ("ActiveStatementsExceededException", Disposition.RETRY_QUEUE),
        ("ExecuteStatementException", Disposition.RETRY_SHORT),
        ("DatabaseConnectionException", Disposition.RETRY_SHORT),
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


def test_limit_exceeded_is_two_errors():
    """It should slow down where AWS limits a rate, and stop where it limits the number of packages."""
    rate = client_error("LimitExceededException", operation="CreateDataSource")
    assert disposition(rate) is Disposition.RETRY_SHORT
    for operation in ("CreatePackage", "UpdatePackage", "AssociatePackage"):
        quota = client_error("LimitExceededException", operation=operation)
        assert disposition(quota) is Disposition.FATAL
        assert "quota" in remedy(quota)


def test_a_domain_that_changes_is_waited_for():
    """It should wait for the end of another change, and not for a request to become valid."""
    busy = client_error("ValidationException", "A change/update is in progress. Please wait for it to end.")
    wrong = client_error("ValidationException", "1 validation error detected")
    assert (disposition(busy), disposition(wrong)) == (Disposition.RETRY_QUEUE, Disposition.FATAL)


@pytest.mark.parametrize("status", [500, 503])
def test_unknown_server_errors_are_retried(status):
    """It should believe that an answer of 500 or above may pass."""
    assert disposition(client_error("Whatever", status=status)) is Disposition.RETRY_SHORT


@pytest.mark.parametrize("answer", [{}, {"Error": {}, "ResponseMetadata": {}}])
def test_answers_that_say_nothing_are_fatal(answer):
    """It should not try again what came without a code and a status, and have a name for it."""
    error = ClientError(answer, "CopyDBClusterSnapshot")
    assert (error_code(error), disposition(error)) == ("Unknown", Disposition.FATAL)
    assert remedy(error) == "Correct what the message names, then clear the task: it picks up where it is"


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


def test_opensearch_codes_are_spelled_as_the_service_spells_them():
    """It should sort every error that the package calls of OpenSearch Service can answer with."""
    model = botocore.session.get_session().get_service_model("opensearch")
    calls = [name for name in model.operation_names if "Package" in name]
    shapes = {shape.name for name in calls for shape in model.operation_model(name).error_shapes}
    assert {name: disposition(client_error(name, operation="DescribePackages")) for name in shapes} == {
        "AccessDeniedException": Disposition.FATAL,
        "BaseException": Disposition.FATAL,
        "ConflictException": Disposition.CONFLICT,
        "DisabledOperationException": Disposition.FATAL,
        "InternalException": Disposition.RETRY_SHORT,
        "InvalidTypeException": Disposition.FATAL,
        "LimitExceededException": Disposition.RETRY_SHORT,
        "ResourceAlreadyExistsException": Disposition.CONFLICT,
        "ResourceNotFoundException": Disposition.ABSENT,
        "ValidationException": Disposition.FATAL,
    }


def test_discovery_codes_are_sorted():
    """It should know what DMS, Macie, Athena and Glue mean by each error that passes, is absent or is there already."""
    expected = {
        "InvalidResourceStateFault": Disposition.CONFLICT,
        "ResourceAlreadyExistsFault": Disposition.CONFLICT,
        "ResourceNotFoundFault": Disposition.ABSENT,
        "EntityNotFoundException": Disposition.ABSENT,
        "InternalServerException": Disposition.RETRY_SHORT,
        "KMSThrottlingFault": Disposition.RETRY_SHORT,
        "ServiceQuotaExceededException": Disposition.FATAL,
        "InvalidRequestException": Disposition.FATAL,
    }
    assert {code: disposition(client_error(code)) for code in expected} == expected
    session = botocore.session.get_session()
    models = [session.get_service_model(name) for name in ("athena", "dms", "glue", "macie2")]
    assert set(expected) <= {shape.name for model in models for shape in model.error_shapes}
