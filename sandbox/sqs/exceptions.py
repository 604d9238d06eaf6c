"""Errors of SQS that moto lacks."""

from __future__ import annotations

from moto.sqs.exceptions import SQSException


class InvalidPolicy(SQSException):
    """The queue policy is not a policy document."""

    code = "InvalidAttributeValue"
    message = "Invalid value for the parameter Policy."
