"""AWS requests and errors on the wire: which call a request makes, and how its protocol spells an error."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import uuid4
from xml.sax.saxutils import escape

from botocore.exceptions import UnknownServiceError
from moto.core.request import Request
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from moto.iam import models as iam_models
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException
from werkzeug.http import parse_options_header

from sandbox.identity import Caller, arn_of

Environ = dict[str, Any]

CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/\d{8}/([\w-]*)/([\w.-]+)/aws4_request")
FORM = "application/x-www-form-urlencoded"
BOTO3_NAMES = {"monitoring": "cloudwatch", "eventbridge": "events", "es": "opensearch"}
"""boto3's name of a service where it is not the name in the signature."""
OLD_SEARCH_API = "/2015-01-01/"
"""The paths of OpenSearch Service's first API, which boto3 calls by the name in the signature."""


@dataclass(frozen=True)
class ApiCall:
    """An API call as asked: `operation` is empty where the request names none that the service has."""

    service: str
    operation: str
    caller: Caller
    region: str
    protocol: str

    @property
    def name(self) -> str:
        """The call as fault rules and policies write it, e.g. "rds:CopyDBClusterSnapshot"."""
        return f"{self.service}:{self.operation}"


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; `error` is its AWS error code, None for success."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    error: str | None = None


def identify(environ: Environ) -> ApiCall:
    """Work out which API call a request makes, for whom and where.

    An unsigned request counts as a call of S3 in us-east-1 by nobody in particular, as moto treats it.
    """
    access_key, region, service = _credential(environ)
    protocol = _protocol(environ, service)
    token = environ.get("HTTP_X_AMZ_SECURITY_TOKEN") or _argument(environ, "X-Amz-Security-Token")
    account = environ.get("HTTP_X_MOTO_ACCOUNT_ID") or iam_models.get_account_id_from(access_key)
    caller = Caller(account, arn_of(token))
    return ApiCall(service, _operation(environ, service, protocol), caller, region, protocol)


def _credential(environ: Environ) -> tuple[str, str, str]:
    signature = environ.get("HTTP_AUTHORIZATION", "")
    presigned = _argument(environ, "X-Amz-Credential")
    if presigned and not signature:
        signature = f"Credential={presigned}"
    if found := CREDENTIAL.search(signature):
        return found[1], found[2], found[3].lower()
    return "", "us-east-1", "s3"


def _argument(environ: Environ, name: str) -> str | None:
    if name not in environ.get("QUERY_STRING", ""):
        return None
    return Request(dict(environ)).args.get(name)


@cache
def _modelled_protocol(service: str) -> str:
    try:
        model = get_service_model(BOTO3_NAMES.get(service, service))
    except (UnknownServiceError, FileNotFoundError):
        return "json"
    return str(model.metadata["protocol"])


def _protocol(environ: Environ, service: str) -> str:
    """Tell the protocol of this very request: several services speak more than one."""
    if "HTTP_X_AMZ_TARGET" in environ:
        return "json"
    if parse_options_header(environ.get("CONTENT_TYPE", ""))[0] == FORM:
        return "ec2" if service == "ec2" else "query"
    return _modelled_protocol(service)


def _operation(environ: Environ, service: str, protocol: str) -> str:
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return str(target).rpartition(".")[2]
    if protocol in {"query", "ec2"}:
        return Request({**environ, "wsgi.input": io.BytesIO(body(environ))}).values.get("Action", "")
    return _matched(environ, service)[0]


def in_path(call: ApiCall, environ: Environ) -> dict[str, str]:
    """Read what a call names in its path, e.g. {"DomainName": "products"}; empty in protocols without paths."""
    return _matched(environ, call.service)[1] if call.protocol.startswith("rest-") else {}


def _matched(environ: Environ, service: str) -> tuple[str, dict[str, str]]:
    """Return the operation that a path means, and what it names; nothing where the service has none."""
    model = BOTO3_NAMES.get(service, service)
    if environ.get("PATH_INFO", "").startswith(OLD_SEARCH_API) and service == "es":
        model = service
    try:
        matched, named = get_service_router(model).match(Request(dict(environ)))
    except (HTTPException, NotImplementedError, UnknownServiceError, FileNotFoundError):
        return "", {}
    return str(matched.name), {str(name): str(value) for name, value in named.items()}


def parameters(call: ApiCall, environ: Environ) -> dict[str, Any]:
    """Read what a call asks for in its body; empty where that is no object or form."""
    content = body(environ)
    if call.protocol in {"query", "ec2"}:
        return dict(Request({**environ, "wsgi.input": io.BytesIO(content)}).values)
    try:
        found = json.loads(content or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def text(call: ApiCall, environ: Environ) -> str:
    """Return all texts that a call holds, one to a line or more."""
    return "\n".join(texts(parameters(call, environ)))


def texts(value: Any) -> Iterator[str]:
    """Yield the texts in a value, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from texts(one)


def body(environ: Environ) -> bytes:
    """Read the body and put it back for the next reader."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    content: bytes = environ["wsgi.input"].read(length) if length else b""
    environ["wsgi.input"] = io.BytesIO(content)
    return content


def error_answer(call: ApiCall, code: str, message: str, status: int = 400) -> Answer:
    """Spell an error in the protocol of the call."""
    request_id = str(uuid4())
    kind = "Sender" if status < 500 else "Receiver"
    code_xml, message_xml = escape(code), escape(message)
    headers = {"x-amzn-RequestId": request_id}
    if call.protocol in {"json", "rest-json"}:
        headers |= {"Content-Type": "application/x-amz-json-1.1", "x-amzn-ErrorType": code}
        body = json.dumps({"__type": code, "message": message, "Message": message})
    elif call.protocol == "ec2":
        error = f"<Errors><Error><Code>{code_xml}</Code><Message>{message_xml}</Message></Error></Errors>"
        headers["Content-Type"] = "text/xml"
        body = f"<Response>{error}<RequestID>{request_id}</RequestID></Response>"
    elif call.service == "s3":
        headers["Content-Type"] = "application/xml"
        body = f"<Error><Code>{code_xml}</Code><Message>{message_xml}</Message></Error>"
    else:
        error = f"<Type>{kind}</Type><Code>{code_xml}</Code><Message>{message_xml}</Message>"
        headers["Content-Type"] = "text/xml"
        body = f"<ErrorResponse><Error>{error}</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    return Answer(status, tuple(headers.items()), body.encode(), code)


def error_code(status: int, headers: Headers, body: bytes) -> str | None:
    """Read the AWS error code out of an answer in any protocol; None for a success."""
    if status < 400:
        return None
    text = body[:4096].decode(errors="replace")
    kind = headers.get("x-amzn-errortype", "")
    for pattern in (r"<Code>([^<]+)</Code>", r'"__type"\s*:\s*"(?:[^"#]*#)?([^"]+)"'):
        if found := re.search(pattern, text):
            return found[1]
    return kind.partition(":")[0] or str(status)
