"""Redshift faults that moto lacks; the codes are those of the service model (botocore)."""

from __future__ import annotations

from moto.redshift.exceptions import RedshiftClientError


class InvalidClusterState(RedshiftClientError):
    """A cluster is in no state for the request."""

    def __init__(self, identifier: str, status: str) -> None:
        super().__init__("InvalidClusterState", f"The cluster {identifier} is in the {status} state.")


class UnsupportedOperation(RedshiftClientError):
    """The request asks for what there is not."""

    def __init__(self, message: str) -> None:
        super().__init__("UnsupportedOperation", message)
