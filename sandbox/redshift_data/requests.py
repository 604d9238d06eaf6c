"""What ExecuteStatement and BatchExecuteStatement are asked, and what no request may ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.identity import Caller
from sandbox.redshift_data import parameters
from sandbox.redshift_data.exceptions import ValidationException
from sandbox.redshift_data.quotas import quotas

TRANSACTION, AUTO_COMMIT = "TRANSACTION", "AUTO_COMMIT"
JSON, CSV = "JSON", "CSV"
NO_DATABASE = "Database must be specified."


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Which database a request goes to, and as whom."""

    caller: Caller = field(compare=False)
    cluster: str | None = None
    workgroup: str | None = None
    database: str | None = None
    db_user: str | None = None
    secret: str | None = None


@dataclass(frozen=True, kw_only=True)
class Request(Destination):
    """A request to run statements; another session of the same role may repeat it with its token."""

    sqls: tuple[str, ...]
    batch: bool
    token: str | None = None
    session: str | None = None
    keep_alive: int | None = None
    name: str | None = None
    with_event: bool = False
    values: tuple[tuple[str, str], ...] = ()
    result_format: str = JSON
    mode: str = TRANSACTION


def read(params: Mapping[str, Any], caller: Caller, *, batch: bool) -> Request:
    """Return what a request asks; ValidationException for what the service never takes."""
    sqls = tuple(params["Sqls"] if batch else [params["Sql"]])
    values = tuple((one["name"], one["value"]) for one in params.get("Parameters") or [])
    request = Request(
        sqls=sqls,
        batch=batch,
        **_destination(params, caller),
        token=params.get("ClientToken"),
        session=params.get("SessionId"),
        keep_alive=params.get("SessionKeepAliveSeconds"),
        name=params.get("StatementName"),
        with_event=bool(params.get("WithEvent")),
        values=values,
        result_format=params.get("ResultFormat") or JSON,
        mode=params.get("ExecutionMode") or TRANSACTION,
    )
    _check_texts(sqls)
    _check_values(request)
    _check_place(request)
    return request


def read_destination(params: Mapping[str, Any], caller: Caller) -> Destination:
    """Return where a request goes that runs no statement; ValidationException where it names no database."""
    destination = Destination(**_destination(params, caller))
    if not destination.database:
        raise ValidationException(NO_DATABASE)
    return destination


def _destination(params: Mapping[str, Any], caller: Caller) -> dict[str, Any]:
    return {
        "caller": caller,
        "cluster": params.get("ClusterIdentifier"),
        "workgroup": params.get("WorkgroupName"),
        "database": params.get("Database"),
        "db_user": params.get("DbUser"),
        "secret": params.get("SecretArn"),
    }


def _check_texts(sqls: tuple[str, ...]) -> None:
    if not all(sql.strip() for sql in sqls):
        raise ValidationException("The SQL statement is empty.")
    if any(len(sql.encode()) > quotas.statement_size for sql in sqls):
        raise ValidationException(f"The SQL statement is larger than {quotas.statement_size // 1024} KB.")


def _check_values(request: Request) -> None:
    given = [name for name, _ in request.values]
    if len(set(given)) < len(given):
        raise ValidationException("Parameters must have different names.")
    if unused := sorted(set(given) - parameters.names(request.sqls)):
        raise ValidationException(f"Parameters {', '.join(unused)} are not used in the SQL statement.")


def _check_place(request: Request) -> None:
    place = (request.cluster, request.workgroup, request.database, request.db_user, request.secret)
    if request.session is not None and any(place):
        raise ValidationException(
            "SessionId cannot be specified with ClusterIdentifier, WorkgroupName, Database, DbUser or SecretArn."
        )
    if request.session is None and not request.database:
        raise ValidationException(NO_DATABASE)
