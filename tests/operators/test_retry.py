from __future__ import annotations

import pytest
from airflow.sdk.definitions.retry_policy import RetryAction
from botocore.exceptions import ClientError, EndpointConnectionError

from switchyard.errors import Away, BadInput, CheckFailed, NotAllowed, StepFailed
from switchyard.ledger.writer import LedgerAway
from switchyard.operators.retry import AwsRetryPolicy


def decide(error):
    return AwsRetryPolicy().evaluate(error, try_number=1, max_tries=3)


def client_error(code, message=""):
    return ClientError({"Error": {"Code": code, "Message": message}}, "Describe")


@pytest.mark.parametrize(
    "error",
    [
        BadInput("a", 1, "b", "c"),
        NotAllowed("a", "b", "c"),
        StepFailed("a", "b", "c"),
        CheckFailed("a", "b", "c"),
        client_error("AccessDenied"),
        client_error("KMSKeyNotAccessibleFault"),
        client_error("InsufficientDBInstanceCapacity"),
        client_error("DBClusterAlreadyExistsFault"),
    ],
)
def test_what_a_person_must_mend_is_not_retried(error):
    """It should fail on the first try, with a reason."""
    decision = decide(error)
    assert decision.action is RetryAction.FAIL
    assert decision.reason


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (client_error("ThrottlingException"), 15),
        (client_error("InvalidDBClusterStateFault"), 15),
        (EndpointConnectionError(endpoint_url="http://x"), 15),
        (client_error("SnapshotQuotaExceeded", "Cannot copy more than 5 snapshots across regions"), 300),
    ],
)
def test_what_may_pass_is_retried_after_a_while(error, seconds):
    """It should wait shortly for AWS, longer for a place in a queue."""
    decision = decide(error)
    assert decision.action is RetryAction.RETRY
    assert decision.retry_delay.total_seconds() == seconds


def test_the_cause_of_an_error_counts():
    """It should look through an error that wraps another."""
    wrapped = RuntimeError("the hook failed")
    wrapped.__cause__ = client_error("AccessDenied")
    assert decide(wrapped).action is RetryAction.FAIL


@pytest.mark.parametrize("error", [Away("a", "b", "c"), LedgerAway("a")])
def test_what_is_away_is_tried_again(error):
    """It should ask the cause after how long, and keep the task's own settings where that is none of AWS."""
    assert decide(error).action is RetryAction.DEFAULT
    error.__cause__ = client_error("ThrottlingException")
    assert decide(error).retry_delay.total_seconds() == 15


def test_other_errors_keep_the_tasks_own_settings():
    """It should not judge what it does not know."""
    assert decide(ZeroDivisionError()).action is RetryAction.DEFAULT


def test_the_policy_survives_serialization():
    """It should not keep a DAG from being stored."""
    data = AwsRetryPolicy().serialize()
    assert isinstance(AwsRetryPolicy.deserialize(data), AwsRetryPolicy)
