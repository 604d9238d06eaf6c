"""Who may speak to a domain: requests signed for the service `es`, as an access policy with principals asks."""

from __future__ import annotations

import json
import re
from typing import Literal

from sandbox.search.https import Answer, Request

Auth = Literal["sigv4", "none"]
_SIGNED = re.compile(
    r"AWS4-HMAC-SHA256 Credential=[^/,\s]+/\d{8}/(?P<region>[^/,\s]+)/(?P<service>[^/,\s]+)/aws4_request,\s*"
    r"SignedHeaders=(?P<headers>[^,\s]+),\s*Signature=[0-9a-f]{64}$"
)


def refusal(request: Request) -> Answer | None:
    """Give the answer to a request that is not signed as it must be; None where it is.

    The signature itself is not computed: the engine's process knows no secret keys.
    """
    header = request.headers.get("Authorization")
    if header is None:
        action = f"es:ESHttp{request.method.capitalize()}"
        return _no(f"User: anonymous is not authorized to perform: {action} because no resource-based policy "
                   f"allows the {action} action", "Message")  # fmt: skip
    found = _SIGNED.match(header)
    if found is None:
        return _no("Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters.")
    if found["service"] != "es":
        return _no("Credential should be scoped to correct service: 'es'.")
    if "host" not in found["headers"].split(";"):
        return _no("'Host' must be a 'SignedHeader' in the AWS Authorization.")
    if not request.headers.get("X-Amz-Date"):
        return _no("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    return None


def _no(message: str, name: str = "message") -> Answer:
    return Answer(403, json.dumps({name: message}).encode(), "application/json")
