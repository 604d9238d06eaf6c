"""Errors of OpenSearch Service with the HTTP status that its model gives them: most are 409."""

from __future__ import annotations

from sandbox.errors import Refused


class ResourceNotFound(Refused):
    """There is no such domain or package in the caller's account and Region, or none is associated."""

    def __init__(self, message: str) -> None:
        super().__init__("ResourceNotFoundException", message, 409)


class ResourceAlreadyExists(Refused):
    """The name of a new resource is in use."""

    def __init__(self, message: str) -> None:
        super().__init__("ResourceAlreadyExistsException", message, 409)


class LimitExceeded(Refused):
    """The account has as many of these as it may have."""

    def __init__(self, message: str) -> None:
        super().__init__("LimitExceededException", message, 409)


class Conflict(Refused):
    """The resource is in use, or is already as it is asked to become."""

    def __init__(self, message: str) -> None:
        super().__init__("ConflictException", message, 409)


class Invalid(Refused):
    """The request does not fit the service's model, or a resource is not in a state for it."""

    def __init__(self, message: str) -> None:
        super().__init__("ValidationException", message, 400)
