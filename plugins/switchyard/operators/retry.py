"""When a failed try is worth another: the error table's answer, given to Airflow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from airflow.sdk import RetryPolicy
from airflow.sdk.definitions.retry_policy import RetryDecision
from botocore.exceptions import BotoCoreError, ClientError

from switchyard.aws.error_table import AwsError, Disposition, disposition, error_code
from switchyard.errors import MayPass, SwitchyardError

_DELAYS = {
    Disposition.RETRY_SHORT: timedelta(seconds=15),
    Disposition.RETRY_QUEUE: timedelta(minutes=5),
}


class AwsRetryPolicy(RetryPolicy):
    """Retry what may pass, fail at once what a person must mend.

    The project's own errors are not retried, but for those that may pass: they say what a person must do. AWS errors
    go by the error table, also when another error wraps them. Everything else keeps the task's own retry settings.
    """

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,
        max_tries: int,
        context: Any = None,
    ) -> RetryDecision:
        """Decide on one failure; Airflow never grants more than the task's ``retries``."""
        del try_number, max_tries, context  # Airflow counts the tries itself
        for error in _chain(exception):
            if isinstance(error, MayPass):
                continue  # its cause knows after how long
            if isinstance(error, SwitchyardError):
                return RetryDecision.fail(f"{type(error).__name__} needs a person")
            if isinstance(error, AwsError):
                return _decide(error)
        return RetryDecision.default()

    def serialize(self) -> dict[str, Any]:
        """The policy has no settings."""
        return {"__type": type(self).__name__}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> AwsRetryPolicy:
        """The policy has no settings."""
        del data
        return cls()


def _decide(error: ClientError | BotoCoreError) -> RetryDecision:
    kind = disposition(error)
    if delay := _DELAYS.get(kind):
        return RetryDecision.retry(delay, f"{error_code(error)}: {kind}")
    return RetryDecision.fail(f"{error_code(error)}: {kind}")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__
