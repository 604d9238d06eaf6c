"""Clients that plan: reads go to AWS, everything that may change something is written down instead."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

READS = ("BatchGet", "Describe", "Get", "Head", "List", "Lookup", "Search")
"""Beginnings of the names of operations that change nothing; any other operation counts as a change."""

_SECRETS = ("password", "secretstring", "secretbinary", "token")


@dataclass(frozen=True)
class PlannedCall:
    """A call that a real run would make."""

    service: str
    region: str
    operation: str
    parameters: Mapping[str, Any]

    def __str__(self) -> str:
        parameters = json.dumps(self.parameters, default=_readable, ensure_ascii=False)
        return f"{self.service}:{self.operation} in {self.region} with {parameters}"

    def as_dict(self) -> dict[str, Any]:
        """The call as JSON can hold it."""
        parameters: dict[str, Any] = json.loads(json.dumps(self.parameters, default=_readable))
        return {
            "service": self.service,
            "region": self.region,
            "operation": self.operation,
            "parameters": parameters,
        }


def is_read(operation: str) -> bool:
    """Say whether an operation, e.g. "DescribeDBClusters", is known to change nothing."""
    return operation.startswith(READS)


def record_changes(client: Any, planned: list[PlannedCall]) -> None:
    """Make a client append its changing calls to ``planned`` instead of sending them.

    The caller of such a call gets an empty answer. Parameters are validated as in a real call; those
    whose name tells a secret are masked.
    """

    def keep_parameters(params: Any, model: Any, context: dict[str, Any], **_: Any) -> None:
        if not is_read(model.name):
            # Later handlers of the same event rewrite the parameters on their way to the wire.
            context["switchyard_parameters"] = copy.copy(params)

    def answer(model: Any, context: dict[str, Any], **_: Any) -> tuple[AWSResponse, dict[str, Any]] | None:
        if is_read(model.name):
            return None
        parameters = _masked(context["switchyard_parameters"])
        service = client.meta.service_model.service_name
        planned.append(PlannedCall(service, client.meta.region_name, model.name, parameters))
        nothing = AWSResponse(client.meta.endpoint_url, 200, HTTPHeaders(), None)
        return nothing, {"ResponseMetadata": {"HTTPStatusCode": 200}}

    client.meta.events.register("provide-client-params", keep_parameters)
    client.meta.events.register_last("before-call", answer)


def _readable(value: object) -> str:
    return f"<{len(value)} bytes>" if isinstance(value, bytes) else str(value)


def _masked(value: Any, name: str = "") -> Any:
    if isinstance(value, Mapping):
        return {key: _masked(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_masked(inner, name) for inner in value]
    return "***" if name.lower().endswith(_SECRETS) else value
