"""Who a statement runs as in the database, and whether the caller may be that user.

Source: https://docs.aws.amazon.com/redshift/latest/mgmt/data-api-access.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from moto.secretsmanager.exceptions import SecretsManagerClientError
from moto.secretsmanager.models import secretsmanager_backends

from sandbox import identity_policies, policy
from sandbox.errors import Refused
from sandbox.identity import Caller
from sandbox.redshift import users
from sandbox.redshift.databases import Connection, ConnectionFailed
from sandbox.redshift_data.exceptions import ValidationException
from sandbox.redshift_data.requests import Destination
from sandbox.redshift_data.targets import Target


@dataclass(frozen=True)
class Login:
    """A user of a database; `refused` is what the database says where it does not let them in."""

    user: str
    refused: str | None = None


@dataclass(frozen=True)
class Place:
    """Where a statement runs, and as whom."""

    target: Target
    database: str
    login: Login

    def connect(self) -> Connection:
        """Log in; ConnectionFailed where that is refused."""
        if self.login.refused:
            raise ConnectionFailed(self.login.refused)
        return self.target.databases.connect(self.database, self.login.user)


def place(target: Target, request: Destination) -> Place:
    """Return where a request runs; Refused as for `login`."""
    return Place(target, str(request.database), login(target, request))


def login(target: Target, request: Destination) -> Login:
    """Return the user that a request makes of the caller.

    Raises:
        Refused: policies do not let the caller have the credentials or the secret; or the request is no login.
    """
    if request.db_user and request.secret:
        raise ValidationException("DbUser and SecretArn cannot be specified together.")
    if request.db_user and not target.is_cluster:
        raise ValidationException("DbUser is not supported for a workgroup.")
    if request.secret:
        return _by_secret(target, request.caller, request.secret)
    for action, resource in _credentials(target, str(request.database), request.db_user):
        _require(request.caller, action, resource)
    return Login(request.db_user or users.of(request.caller))


def _credentials(target: Target, database: str, db_user: str | None) -> list[tuple[str, str]]:
    """Return the actions by which temporary credentials are had, with their resources."""
    if not target.is_cluster:
        return [("redshift-serverless:GetCredentials", target.arn)]
    place = target.arn.rpartition(":cluster:")[0]
    of_database = f"{place}:dbname:{target.name}/{database}"
    if db_user is None:
        return [("redshift:GetClusterCredentialsWithIAM", of_database)]
    action = "redshift:GetClusterCredentials"
    return [(action, f"{place}:dbuser:{target.name}/{db_user}"), (action, of_database)]


def _by_secret(target: Target, caller: Caller, secret: str) -> Login:
    owner = secret.split(":")[4] if secret.startswith("arn:") else caller.account
    backend: Any = secretsmanager_backends[owner][target.region]
    try:
        value = backend.get_secret_value(secret, None, None)
    except SecretsManagerClientError as error:
        raise ValidationException(f"The secret {secret} cannot be read: {error.message}") from error
    _require(caller, "secretsmanager:GetSecretValue", value["ARN"])
    try:
        content = json.loads(value["SecretString"])
        user, password = str(content["username"]), str(content["password"])
        cluster = content.get("dbClusterIdentifier")
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValidationException(f"The secret {secret} must be JSON with username and password.") from error
    if target.is_cluster and cluster not in {None, target.name}:
        raise ValidationException(f"The secret {secret} is for the cluster {cluster}.")
    administrator, right = target.administrator
    wrong = user == administrator and right is not None and password != right
    return Login(user, f'FATAL: password authentication failed for user "{user}"' if wrong else None)


def _require(caller: Caller, action: str, resource: str) -> None:
    principal = policy.Principal(caller.account, caller.arn)
    own = identity_policies.documents(principal)
    if own is not None and not identity_policies.judge(own, policy.Request(principal, action, resource)):
        raise Refused(
            "AccessDeniedException",
            f"User: {caller.arn} is not authorized to perform: {action} on resource: {resource} "
            f"because no identity-based policy allows the {action} action",
        )
