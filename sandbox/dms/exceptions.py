"""Errors of DMS, all with HTTP status 400."""

from __future__ import annotations

from sandbox.errors import Refused


class ResourceNotFound(Refused):
    """There is no such resource in the caller's account and Region."""

    def __init__(self, message: str) -> None:
        super().__init__("ResourceNotFoundFault", message)


class ResourceAlreadyExists(Refused):
    """The identifier of a new resource is in use."""

    def __init__(self, message: str) -> None:
        super().__init__("ResourceAlreadyExistsFault", message)


class InvalidResourceState(Refused):
    """The resource is in use, or not in a state for the request."""

    def __init__(self, message: str) -> None:
        super().__init__("InvalidResourceStateFault", message)


class InvalidParameterValue(Refused):
    """A parameter has a value that DMS does not take."""

    def __init__(self, message: str) -> None:
        super().__init__("InvalidParameterValueException", message)


class InvalidParameterCombination(Refused):
    """Parameters do not fit each other, or what the resource has been through."""

    def __init__(self, message: str) -> None:
        super().__init__("InvalidParameterCombinationException", message)


class InvalidCertificate(Refused):
    """The text is no certificate."""

    def __init__(self, message: str) -> None:
        super().__init__("InvalidCertificateFault", message)


class AccessDenied(Refused):
    """DMS cannot act under a role that it was told to use."""

    def __init__(self, message: str) -> None:
        super().__init__("AccessDeniedFault", message)
