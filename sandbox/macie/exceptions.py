"""Errors of Macie, with the HTTP status that its API gives each."""

from __future__ import annotations

from sandbox.errors import Refused


class ValidationException(Refused):
    """A request that Macie does not take."""

    def __init__(self, message: str) -> None:
        super().__init__("ValidationException", message, 400)


class AccessDeniedException(Refused):
    """Macie is off, or may not use what it is told to."""

    def __init__(self, message: str) -> None:
        super().__init__("AccessDeniedException", message, 403)


class ResourceNotFoundException(Refused):
    """There is no such resource in the caller's account and Region."""

    def __init__(self) -> None:
        message = "The request failed because the specified resource doesn't exist."
        super().__init__("ResourceNotFoundException", message, 404)


class ConflictException(Refused):
    """The resource is not in a state for the request, or is there already."""

    def __init__(self, message: str) -> None:
        super().__init__("ConflictException", message, 409)
