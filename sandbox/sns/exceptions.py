"""Errors of SNS that moto lacks."""

from __future__ import annotations

from moto.sns.exceptions import SNSException

from sandbox.errors import NotAuthorized


class AuthorizationError(NotAuthorized):
    """Neither ownership nor the topic's policy lets the caller do this."""

    def __init__(self, caller: str, action: str, arn: str) -> None:
        super().__init__("AuthorizationError", caller=caller, action=action, resource=arn)


class InvalidParameter(SNSException):
    """A parameter has a value that SNS does not take."""

    code = "InvalidParameter"

    def __init__(self, name: str, reason: str = "") -> None:
        super().__init__(f"Invalid parameter: {name}" + (f" Reason: {reason}" if reason else ""))
