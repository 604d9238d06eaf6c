"""Errors of the Data API."""

from __future__ import annotations

from moto.core.exceptions import JsonRESTError


class BadRequest(JsonRESTError):
    """The cluster's Data API does not answer."""

    def __init__(self, message: str) -> None:
        super().__init__("BadRequestException", message)
