"""Errors of the Data API.

Source: https://docs.aws.amazon.com/redshift-data/latest/APIReference/CommonErrors.html and the operations' pages.
"""

from __future__ import annotations

from sandbox.errors import Refused


class ValidationException(Refused):
    """A request that the service does not take."""

    def __init__(self, message: str) -> None:
        super().__init__("ValidationException", message)


class ResourceNotFoundException(Refused):
    """There is no such statement, result or session."""

    def __init__(self, message: str) -> None:
        super().__init__("ResourceNotFoundException", message)


class DatabaseConnection(Refused):
    """A database cannot be connected to."""

    def __init__(self, message: str) -> None:
        super().__init__("DatabaseConnectionException", message)


class ActiveStatementsExceeded(Refused):
    """As many statements are under way as may be."""

    def __init__(self, most: int) -> None:
        message = f"Active statements exceeded the allowed quota ({most})."
        super().__init__("ActiveStatementsExceededException", message)


class ActiveSessionsExceeded(Refused):
    """As many sessions are open as may be."""

    def __init__(self, most: int) -> None:
        message = f"Active sessions exceeded the allowed quota ({most})."
        super().__init__("ActiveSessionsExceededException", message)


class ActiveWaitingRequestsExceeded(Refused):
    """As many requests wait for the same statement as may."""

    def __init__(self, most: int) -> None:
        message = f"Active requests with WaitTimeSeconds exceeded the allowed quota ({most})."
        super().__init__("ActiveWaitingRequestsExceededException", message)
