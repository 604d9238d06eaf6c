"""Ways to tell a search domain who asks."""

from __future__ import annotations

import base64
from collections.abc import Callable

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

Authenticate = Callable[[AWSRequest], None]
"""Adds to a request the headers that say who sends it."""

SERVICE = "es"
"""The name that requests to a domain are signed for, OpenSearch and Elasticsearch alike."""


def nobody(_: AWSRequest) -> None:
    """Send requests as they are."""


def signed(credentials: Credentials, region_name: str) -> Authenticate:
    """Sign with Signature Version 4; credentials that renew themselves are read for each request."""

    def sign(request: AWSRequest) -> None:
        SigV4Auth(credentials.get_frozen_credentials(), SERVICE, region_name).add_auth(request)

    return sign


def basic(user: str, password: str) -> Authenticate:
    """Send a name and a password, for domains with an internal user database."""
    token = base64.b64encode(f"{user}:{password}".encode()).decode()

    def add(request: AWSRequest) -> None:
        request.headers["Authorization"] = f"Basic {token}"

    return add
