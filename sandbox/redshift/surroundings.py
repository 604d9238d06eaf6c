"""What a warehouse reaches of the world outside, under the roles that are attached to it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import unquote

from moto.iam.models import iam_backends
from moto.secretsmanager.exceptions import SecretsManagerClientError
from moto.secretsmanager.models import secretsmanager_backends

from sandbox import identity_policies
from sandbox.glue.catalogue import GlueCatalogue
from sandbox.identity import Caller
from sandbox.kms import access
from sandbox.kms.exceptions import KmsError
from sandbox.objects import Objects
from sandbox.policy import Principal, Request, allows, decide
from sandbox.rds.endpoints import route_name
from sandbox.runtime import runtime
from sandbox.transitions import LOCK
from sandbox.warehouse.errors import INTERNAL, NOT_ALLOWED, RedshiftError

TRUSTED = ("redshift.amazonaws.com", "redshift-serverless.amazonaws.com")
OF_CLUSTER = re.compile(
    r"(?P<name>[a-z0-9-]+)\.(?P<kind>cluster-ro|cluster)-[a-z0-9]+\.(?P<region>[a-z0-9-]+)\.rds\.amazonaws\.com"
)
OF_INSTANCE = re.compile(r"(?P<name>[a-z0-9-]+)\.[a-z0-9]+\.(?P<region>[a-z0-9-]+)\.rds\.amazonaws\.com")
READ_SECRET = "secretsmanager:GetSecretValue"  # noqa: S105 - the name of an action
ASSUME = "sts:AssumeRole"
USUAL_PORTS: Mapping[int, Literal["mysql", "postgres"]] = {3306: "mysql", 5432: "postgres"}


class Outside:
    """What the databases of a cluster or namespace reach.

    `attached` lists the ARNs of its roles now, `default` returns that of its default role.
    """

    def __init__(
        self,
        account: str,
        region: str,
        attached: Callable[[], Iterable[str]],
        default: Callable[[], str | None],
    ) -> None:
        self._account = account
        self._region = region
        self._attached = attached
        self.default_role = default

    def roles(self) -> set[str]:
        """Return the ARNs of the attached roles."""
        return set(self._attached())

    def now(self) -> datetime:
        """Return the sandbox's time."""
        return datetime.fromtimestamp(runtime.clock.now(), UTC)

    def objects(self, role_arns: Sequence[str]) -> Objects:
        """Return the objects that the last role of a chain can reach; RedshiftError where it cannot be had."""
        role = self._assume(role_arns)
        return Objects(role.account, self._region, role.arn)

    def catalogue(self, role_arns: Sequence[str]) -> GlueCatalogue:
        """Return the account's catalogue as the last role of a chain sees it."""
        return GlueCatalogue(self._account, self._region, self._assume(role_arns))

    def secret(self, secret_arn: str, role_arn: str) -> Mapping[str, Any]:
        """Return the content of a secret with JSON; RedshiftError where the role cannot have it."""
        role = self._assume([role_arn])
        with LOCK:
            return _secret(secret_arn, role, self._account, self._region)

    def route(self, host: str, port: int) -> tuple[str, int]:
        """Return where an endpoint listens: AWS's names lead to the data plane, all else is an address already."""
        found = OF_CLUSTER.fullmatch(host.lower()) or OF_INSTANCE.fullmatch(host.lower())
        if found is None or runtime.router is None:
            return host, port
        kind = found.groupdict().get("kind") or "instance"
        address = runtime.router.address(route_name(self._account, found["region"], found["name"], kind))
        return address, runtime.router.port(USUAL_PORTS[port]) if port in USUAL_PORTS else port

    def _assume(self, role_arns: Sequence[str]) -> Principal:
        """Return the last role of a chain, each of which the one before may take; the first is an attached one."""
        first, *others = role_arns
        if first not in self.roles():
            raise _unauthorized(f"The requested role {first} is not associated to cluster")
        with LOCK:
            if not any(_trusts(first, Principal(service=service)) for service in TRUSTED):
                raise _unauthorized(f"Not authorized to get credentials of role {first}")
            taken = _principal(first)
            for role_arn in others:
                if not (_trusts(role_arn, taken) and _may(taken, ASSUME, role_arn)):
                    raise _unauthorized(f"Not authorized to get credentials of role {role_arn}")
                taken = _principal(role_arn)
        return taken


def _principal(role_arn: str) -> Principal:
    return Principal(role_arn.split(":")[4], role_arn)


def _trusts(role_arn: str, principal: Principal) -> bool:
    """Tell whether there is a role and it lets the principal take it."""
    parts = role_arn.split(":", 5)
    if len(parts) != 6 or parts[2] != "iam":
        return False
    known = iam_backends[parts[4]]["aws"].roles.values()
    role = next((role for role in known if role.arn == role_arn), None)
    if role is None:
        return False
    context = {"aws:SourceAccount": parts[4]}
    return allows(unquote(role.assume_role_policy_document), Request(principal, ASSUME, "*", context))


def _may(principal: Principal, action: str, resource: str) -> bool:
    """Tell whether a role's own policies allow an action, where they count."""
    own = identity_policies.documents(principal)
    return own is None or bool(identity_policies.judge(own, Request(principal, action, resource)))


def _secret(secret_arn: str, role: Principal, account: str, region: str) -> Mapping[str, Any]:
    owner = secret_arn.split(":")[4] if secret_arn.startswith("arn:") else account
    backend: Any = secretsmanager_backends[owner][region]
    try:
        value = backend.get_secret_value(secret_arn, None, None)
        document = json.loads(backend.get_resource_policy(value["ARN"])).get("ResourcePolicy")
        _check_key(backend.secrets[secret_arn].kms_key_id, owner, region, role)
    except SecretsManagerClientError as error:
        raise _no_secret(secret_arn, str(error.message)) from error
    except KmsError as error:
        raise _no_secret(secret_arn, str(error.message)) from error
    decision = decide(document, Request(role, READ_SECRET, value["ARN"])) if document else None
    if (
        decision is False
        or not _may(role, READ_SECRET, value["ARN"])
        or (owner != role.account and not decision)
    ):
        raise _no_secret(secret_arn, f"User: {role.arn} is not authorized to perform: {READ_SECRET}")
    try:
        return dict(json.loads(value.get("SecretString") or ""))
    except (TypeError, ValueError) as error:
        raise _no_secret(secret_arn, "it is not a JSON object") from error


def _check_key(key_id: str | None, account: str, region: str, role: Principal) -> None:
    """Raise KmsError where the role may not use the key that a secret was encrypted with."""
    if key_id is None:
        return
    context = {"kms:ViaService": f"secretsmanager.{region}.amazonaws.com"}
    access.check(access.find(key_id, account, region), "Decrypt", Caller(role.account, role.arn), context)


def _no_secret(secret_arn: str, problem: str) -> RedshiftError:
    text = re.sub(r"\s+", " ", problem).strip()
    return RedshiftError(f"Unable to get the secret {secret_arn} from Secrets Manager: {text}", INTERNAL)


def _unauthorized(problem: str) -> RedshiftError:
    return RedshiftError(
        f"exception name : UnauthorizedException, error type : 138, message: {problem}, should retry : 0",
        NOT_ALLOWED,
    )
