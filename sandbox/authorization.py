"""Calls that the caller's own policies do not allow are refused before their service sees them.

Only where identity policies count, see `sandbox.identity_policies`. S3 asks by itself, as the policies of its buckets
have a say there. Elsewhere what a resource's policy alone allows is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sandbox import identity_policies, wire
from sandbox.errors import Refused
from sandbox.policy import Principal, Request

ASKS_ITSELF = {"s3", "sts"}
"""Services that are not asked for here; who one is needs no permission, and taking a role is for its trust policy."""
TAGGING = {"macie2": "TagResource"}
"""The action besides that a call needs which makes something with tags.
Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonmacie.html
"""
SHARED = {"redshift-data:GetStatementResultV2": "GetStatementResult"}
"""Operations that another one's action stands for.
Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonredshiftdataapi.html
"""
CODES = {"sns": "AuthorizationError", "ec2": "UnauthorizedOperation"}
"""Error codes of services that do not go by their protocol."""
ANY = ["*"]

Parameters = Mapping[str, Any]


def check(call: wire.ApiCall, environ: wire.Environ) -> None:
    """Refuse a call that no policy of the caller allows, or one denies."""
    if call.service in ASKS_ITSELF or call.caller.arn is None:
        return
    principal = Principal(call.caller.account, call.caller.arn)
    own = identity_policies.documents(principal)
    if own is None:
        return
    parameters = wire.in_path(call, environ) | wire.parameters(call, environ)
    look = CONTEXTS.get(call.service)
    for action, resource in _asked(call, parameters):
        context = look(call, parameters, resource) if look else {}
        asked = action if ":" in action else f"{call.service}:{action}"
        request = Request(principal, asked, resource, context)
        if not identity_policies.judge(own, request):
            raise _refusal(call, request)


def _asked(call: wire.ApiCall, parameters: Parameters) -> Iterator[tuple[str, str]]:
    """Yield each action that a call needs with each resource that it needs it for; another service's by its name."""
    named = resources(call, parameters)
    yield from ((SHARED.get(call.name, call.operation), resource) for resource in named)
    if parameters.get("tags") and call.service in TAGGING:
        yield from ((TAGGING[call.service], resource) for resource in named)
    if call.service == "rds":
        from sandbox.rds import access

        yield from access.tagged(call, parameters)
    if call.service == "application-autoscaling":
        from sandbox.application_autoscaling import access as scaling

        yield from scaling.tried(call, parameters)


def resources(call: wire.ApiCall, parameters: Parameters) -> list[str]:
    """Return the ARNs of what a call is about; "*" stands for resources that the sandbox cannot tell."""
    if special := SPECIAL.get(call.service):
        return special(call, parameters)
    return (
        sorted({one for one in wire.texts(parameters) if one.startswith(f"arn:aws:{call.service}:")}) or ANY
    )


def _refusal(call: wire.ApiCall, request: Request) -> Refused:
    code = {"query": "AccessDenied", "rest-xml": "AccessDenied"}.get(call.protocol, "AccessDeniedException")
    message = (
        f"User: {request.principal.arn} is not authorized to perform: {request.action} on resource: "
        f"{request.resource} because no identity-based policy allows the {request.action} action"
    )
    if not request.action.startswith(f"{call.service}:"):
        return Refused("ValidationException", message, 400)
    return Refused(CODES.get(call.service, code), message, 400 if call.protocol == "json" else 403)


def _secret(call: wire.ApiCall, parameters: Parameters) -> list[str]:
    from moto.secretsmanager.models import secretsmanager_backends

    wanted = parameters.get("SecretId")
    if not wanted or wanted.startswith("arn:"):
        return [wanted] if wanted else ANY
    known = secretsmanager_backends[call.caller.account][call.region].secrets.get(wanted)
    if known is not None:
        return [str(known.arn)]
    return [f"arn:aws:secretsmanager:{call.region}:{call.caller.account}:secret:{wanted}-??????"]


def _key(call: wire.ApiCall, parameters: Parameters) -> list[str]:
    from sandbox.kms.access import find
    from sandbox.kms.exceptions import NotFound

    wanted = parameters.get("KeyId")
    if not wanted:
        return ANY
    try:
        return [str(find(wanted, call.caller.account, call.region).arn)]
    except NotFound:
        return [f"arn:aws:kms:{call.region}:{call.caller.account}:{wanted}"]


def _workgroups(call: wire.ApiCall, parameters: Parameters) -> list[str]:
    from moto.athena.models import athena_backends

    runs = athena_backends[call.caller.account][call.region].runs  # type: ignore[attr-defined]
    asked = [*parameters.get("QueryExecutionIds", ()), *filter(None, [parameters.get("QueryExecutionId")])]
    names = {runs[one].workgroup for one in asked if one in runs}
    names |= set(filter(None, [parameters.get("WorkGroup")]))
    place = f"arn:aws:athena:{call.region}:{call.caller.account}:workgroup/"
    return [place + name for name in sorted(names)] or ANY


def _catalogue(call: wire.ApiCall, parameters: Parameters) -> list[str]:
    """Return a table, its database and the catalogue, all of which Glue asks for where a call is about a table.

    Source: https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html
    """
    database = parameters.get("DatabaseName")
    table = (
        parameters.get("TableName") or parameters.get("Name") or parameters.get("TableInput", {}).get("Name")
    )
    if not database or not table:
        return ANY
    place = f"arn:aws:glue:{call.region}:{call.caller.account}:"
    return [
        f"{place}catalog",
        f"{place}database/{database}".lower(),
        f"{place}table/{database}/{table}".lower(),
    ]


def _clusters(call: wire.ApiCall, parameters: Parameters) -> list[str]:
    place = f"arn:aws:redshift:{call.region}:{call.caller.account}:cluster:"
    named = parameters.get("ClusterIdentifier")
    return [place + named] if named else ANY


def _serverless(call: wire.ApiCall, parameters: Parameters) -> list[str]:
    from sandbox.redshift_serverless.models import redshift_serverless_backends

    backend = redshift_serverless_backends[call.caller.account][call.region]
    workgroup = backend.find_workgroup(parameters.get("workgroupName") or "")
    namespace = backend.namespaces.get(parameters.get("namespaceName") or "")
    named = [one.arn for one in (workgroup, namespace) if one is not None]
    named += [parameters["resourceArn"]] if parameters.get("resourceArn") else []
    return named or ANY


def _statements(call: wire.ApiCall, parameters: Parameters) -> list[str]:
    from sandbox.redshift_data import access

    return [access.resource(call.caller.account, call.region, call.operation, parameters) or "*"]


def _statement_owner(call: wire.ApiCall, parameters: Parameters, _: str) -> Mapping[str, str]:
    from sandbox.redshift_data import access

    return access.context(call.caller, call.region, parameters)


def _scaling(call: wire.ApiCall, _: Parameters) -> list[str]:
    """Return what stands for all targets, whose ids a request does not have; descriptions know no resources."""
    if call.operation.startswith("Describe"):
        return ANY
    return [f"arn:aws:application-autoscaling:{call.region}:{call.caller.account}:scalable-target/*"]


def _scaled_service(_: wire.ApiCall, parameters: Parameters, __: str) -> Mapping[str, str]:
    namespace = parameters.get("ServiceNamespace")
    return {"application-autoscaling:service-namespace": namespace} if namespace else {}


def _domain(call: wire.ApiCall, parameters: Parameters) -> list[str]:
    """Return the domain that a call names; packages have no ARN."""
    name = parameters.get("DomainName")
    return [f"arn:aws:es:{call.region}:{call.caller.account}:domain/{name}"] if name else ANY


def _databases(call: wire.ApiCall, parameters: Parameters) -> list[str]:
    from sandbox.rds import access

    return access.resources(call, parameters)


def _database_tags(_: wire.ApiCall, parameters: Parameters, resource: str) -> Mapping[str, str]:
    from sandbox.rds import access

    return access.context(parameters, resource)


SPECIAL: Mapping[str, Callable[[wire.ApiCall, Parameters], list[str]]] = {
    "application-autoscaling": _scaling,
    "athena": _workgroups,
    "es": _domain,
    "glue": _catalogue,
    "kms": _key,
    "rds": _databases,
    "redshift": _clusters,
    "redshift-data": _statements,
    "redshift-serverless": _serverless,
    "secretsmanager": _secret,
}
"""Services whose requests name resources by something shorter than an ARN."""

CONTEXTS: Mapping[str, Callable[[wire.ApiCall, Parameters, str], Mapping[str, str]]] = {
    "application-autoscaling": _scaled_service,
    "rds": _database_tags,
    "redshift-data": _statement_owner,
}
"""Services with condition keys of their own, by resource."""
