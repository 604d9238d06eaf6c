"""Errors of KMS by their code on the wire.

Source: https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html and the pages of the operations.
"""

from __future__ import annotations

from moto.core.exceptions import JsonRESTError


class KmsError(JsonRESTError):
    """An error answered with HTTP 400 under its code."""

    code = 400
    name = ""

    def __init__(self, message: str) -> None:
        super().__init__(self.name, message)


class NotFound(KmsError):
    """There is no such key or alias, or it cannot be named from here."""

    name = "NotFoundException"


class AccessDenied(KmsError):
    """Neither the key policy nor a grant lets the caller do this."""

    name = "AccessDeniedException"

    def __init__(self, caller: str, action: str, key_arn: str) -> None:
        super().__init__(
            f"User: {caller} is not authorized to perform: {action} on resource: {key_arn} "
            f"because no resource-based policy allows the {action} action"
        )


class Disabled(KmsError):
    """The key is disabled."""

    name = "DisabledException"


class InvalidState(KmsError):
    """The key's state does not allow this."""

    name = "KMSInvalidStateException"


class MalformedPolicy(KmsError):
    """The policy is not a valid policy document."""

    name = "MalformedPolicyDocumentException"


class InvalidCiphertext(KmsError):
    """The ciphertext was not made by KMS, or not with this encryption context."""

    name = "InvalidCiphertextException"


class IncorrectKey(KmsError):
    """The ciphertext was made with another key than the one named."""

    name = "IncorrectKeyException"


class Validation(KmsError):
    """A parameter is out of its range."""

    name = "ValidationException"
