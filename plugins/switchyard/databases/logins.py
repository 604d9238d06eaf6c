"""Database logins, read from Secrets Manager at the moment of use and kept nowhere."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from switchyard.aws.error_table import Disposition, disposition
from switchyard.errors import BadInput


@dataclass(frozen=True)
class Login:
    """A database login; its password never shows in a representation."""

    username: str
    password: str = field(repr=False)
    database: str


def read_login(secrets_manager: Any, secret_id: str, *, database: str | None = None) -> Login:
    """Read a login from a secret of the form ``{"username", "password", "dbname"}``, which RDS itself uses.

    Args:
        secrets_manager: a boto3 client of the account and Region that hold the secret.
        secret_id: name or ARN of the secret.
        database: the database to connect to; the secret's own ``dbname`` when it is None.

    Raises:
        BadInput: the secret is missing, may not be read, or lacks a field. The message never holds its content.
    """
    try:
        content = json.loads(secrets_manager.get_secret_value(SecretId=secret_id)["SecretString"])
        if not (problem := _problem(content, database)):
            return Login(content["username"], content["password"], database or content["dbname"])
    except ClientError as error:
        if disposition(error) is Disposition.RETRY_SHORT:
            raise
        problem = error.response["Error"]["Code"]
    except KeyError:
        problem = "the secret is binary"
    except (ValueError, RecursionError):
        problem = "the secret is not JSON"
    raise BadInput(
        field="login secret",
        value=secret_id,
        problem=problem,
        remedy="Store username, password and dbname as JSON in this account and Region, and let the role read it",
    )


def _problem(content: Any, database: str | None) -> str:
    """What a login lacks, in words that hold nothing of it; empty where it lacks nothing."""
    if not isinstance(content, dict):
        return "the secret is no JSON object"
    for name in ("username", "password", *(() if database else ("dbname",))):
        if name not in content:
            return f"the secret has no field '{name}'"
        if not isinstance(content[name], str) or not content[name]:
            return f"the secret's field '{name}' is no text, or empty"
    return ""
