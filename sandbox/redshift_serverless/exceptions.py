"""Errors of Redshift Serverless.

Source: https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/CommonErrors.html and the operations' pages.
"""

from __future__ import annotations

from sandbox.errors import Refused


class ValidationException(Refused):
    """A request that the service does not take."""

    def __init__(self, message: str) -> None:
        super().__init__("ValidationException", message)


class ResourceNotFoundException(Refused):
    """There is no such resource in the caller's account and Region."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__("ResourceNotFoundException", f"{kind} {name} not found.")


class ConflictException(Refused):
    """The resource is there already, in use, or in no state for the request."""

    def __init__(self, message: str) -> None:
        super().__init__("ConflictException", message)
