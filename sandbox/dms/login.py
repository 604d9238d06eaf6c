"""How DMS gets into a source database: from the endpoint's settings, or from a secret under its role."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from moto.secretsmanager.exceptions import SecretsManagerClientError
from moto.secretsmanager.models import secretsmanager_backends

from sandbox.dms.certificates import Certificate
from sandbox.policy import Principal, Request, decide

if TYPE_CHECKING:
    from sandbox.dms.endpoints import Endpoint


class Unreachable(Exception):
    """An endpoint cannot be connected to; the text is how DMS puts it, and tells no password."""

    def __init__(self, message: str, detail: str) -> None:
        super().__init__(f"Application-Message: {message}, Application-Detailed-Message: {detail}")
        self.message = message
        self.detail = detail


@dataclass(frozen=True)
class Login:
    """Where a database is and who comes; `tls` is DMS's SslMode, `authority` the PEM text it verifies with."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    database: str | None = None
    tls: str = "none"
    authority: str | None = None


def login(endpoint: Endpoint, certificate: Certificate | None) -> Login:
    """Return the login of a source endpoint; Unreachable where its secret cannot be had."""
    settings = dict(endpoint.settings)
    if "SecretsManagerSecretId" in settings:
        settings |= _secret(endpoint, settings)
    return Login(
        host=str(settings["ServerName"]),
        port=int(settings["Port"]),
        user=str(settings["Username"]),
        password=str(settings.get("Password") or ""),
        database=settings.get("DatabaseName"),
        tls=str(endpoint.ssl_mode),
        authority=certificate.pem if certificate else None,
    )


def _secret(endpoint: Endpoint, settings: dict[str, Any]) -> dict[str, Any]:
    """Read the secret as the endpoint's role, in the endpoint's Region."""
    secret_id, role = settings["SecretsManagerSecretId"], settings["SecretsManagerAccessRoleArn"]
    _, _, _, region, account, _ = endpoint.endpoint_arn.split(":", 5)
    owner = secret_id.split(":")[4] if secret_id.startswith("arn:") else account
    backend: Any = secretsmanager_backends[owner][region]
    try:
        value = backend.get_secret_value(secret_id, None, None)
        allowed = _allowed(backend, value["ARN"], role, account)
    except SecretsManagerClientError as error:
        raise _no_secret(secret_id, str(error.message)) from error
    if not allowed:
        raise _no_secret(secret_id, f"{role} is not authorized to perform: secretsmanager:GetSecretValue")
    try:
        content = json.loads(value["SecretString"])
        return {
            "Username": content["username"],
            "Password": content["password"],
            "ServerName": content["host"],
            "Port": int(content["port"]),
        }
    except (KeyError, TypeError, ValueError) as error:
        problem = f"it must be JSON with username, password, host and port ({type(error).__name__})"
        raise _no_secret(secret_id, problem) from error


def _allowed(backend: Any, arn: str, role: str, account: str) -> bool:
    policy = backend.get_resource_policy(arn)
    document = json.loads(policy).get("ResourcePolicy")
    request = Request(Principal(account, role), "secretsmanager:GetSecretValue", arn)
    decision = decide(document, request) if document else None
    return arn.split(":")[4] == account if decision is None else decision


def _no_secret(secret_id: str, problem: str) -> Unreachable:
    return Unreachable(
        "Failed to build connection string Unable to find Secrets Manager secret",
        f"Failed to retrieve secret. Unable to find AWS Secrets Manager secret Arn '{secret_id}' {_plain(problem)}",
    )


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
