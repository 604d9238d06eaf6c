"""Requests to the endpoint of one search domain, with every error in the form that the error table sorts.

Reads are GET requests with a body: a role that only looks needs `es:ESHttpGet` and nothing else.
"""

from __future__ import annotations

import json
from typing import Any

from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.exceptions import ClientError, SSLError
from botocore.httpsession import URLLib3Session
from botocore.parsers import ResponseParserError
from botocore.utils import get_environ_proxies

from switchyard.aws.dry_run import PlannedCall
from switchyard.errors import StepFailed
from switchyard.search.authentication import Authenticate
from switchyard.search.refusals import refusal

PLANNED_SERVICE = "opensearch-http"
"""What the domain's own interface is called among the planned calls of a dry run."""

TIMEOUT = (10, 60)
"""Seconds to connect, and between two bytes of an answer."""

_DISTRUST = ("CERTIFICATE_VERIFY_FAILED", "Hostname mismatch", "doesn't match")


class SearchClient:
    """One search domain, by its own HTTP interface.

    Args:
        base_url: scheme, host and port, e.g. "https://search-products-x.us-west-2.es.amazonaws.com".
        authenticate: says who asks.
        verify: path of the certificates to trust; None and True mean those that come with botocore.
        region_name: where the domain is, for planned calls.
        planned: dry run: requests that may change something are appended here and not sent.
    """

    def __init__(
        self,
        base_url: str,
        *,
        authenticate: Authenticate,
        verify: bool | str | None = None,
        region_name: str = "",
        planned: list[PlannedCall] | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._authenticate = authenticate
        self._region_name = region_name
        self._planned = planned
        trusted: Any = True if verify is None else verify
        timeout: Any = TIMEOUT
        self._session = URLLib3Session(
            verify=trusted,
            timeout=timeout,
            proxies=get_environ_proxies(self.base_url),
        )

    @property
    def plans(self) -> bool:
        """Whether changes are only written down."""
        return self._planned is not None

    def read(self, path: str, body: Any = None) -> Any:
        """Ask for something; the parsed answer.

        Raises:
            ClientError: the domain refused or failed; its code is the engine's type of error.
            BotoCoreError: the domain was not reached, or its answer was no JSON.
            StepFailed: the domain's certificate is not trusted.
        """
        return self._send("GET", path, body)

    def exists(self, path: str) -> bool:
        """Say whether there is something at a path; errors as in ``read``."""
        try:
            self._send("HEAD", path, None)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return False
            raise
        return True

    def write(self, method: str, path: str, body: Any = None) -> Any:
        """Change something; the parsed answer, empty in a dry run. Errors as in ``read``."""
        if self._planned is not None:
            call = PlannedCall(PLANNED_SERVICE, self._region_name, f"{method} {path}", body or {})
            self._planned.append(call)
            return {}
        return self._send(method, path, body)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _send(self, method: str, path: str, body: Any) -> Any:
        request = AWSRequest(method=method, url=self.base_url + path, headers={"Accept": "application/json"})
        if body is not None:
            request.data = json.dumps(body, ensure_ascii=False).encode()
            request.headers["Content-Type"] = "application/json"
        self._authenticate(request)
        try:
            answer = self._session.send(request.prepare())
        except SSLError as error:
            if any(sign in str(error) for sign in _DISTRUST):
                raise _distrusted(self.base_url, error) from error
            raise
        if answer.status_code >= 300:
            raise refusal(answer.status_code, answer.content, f"{method} {path.partition('?')[0]}")
        return {} if method == "HEAD" else _parsed(answer)


def _parsed(answer: AWSResponse) -> Any:
    try:
        return json.loads(answer.content or b"{}")
    except ValueError as error:
        raise ResponseParserError(
            f"{answer.url} answered {answer.content[:200]!r}, which is no JSON"
        ) from error


def _distrusted(base_url: str, error: SSLError) -> StepFailed:
    return StepFailed(
        f"connecting to {base_url}",
        f"its certificate is not trusted: {error}",
        "Name the right certificates in the extra field `verify` of the AWS connection, or correct the endpoint",
    )
