"""The database that a pipeline reads: where it is, and who logs in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import psycopg2
import pymysql

from switchyard.aws.connections import aws_client
from switchyard.configuration.synonym_refresh import DATABASES
from switchyard.databases.connections import Database, connect
from switchyard.databases.logins import read_login
from switchyard.errors import BadInput
from switchyard.operators.aurora import describe

_WRONG_LOGIN = (
    "Access denied",
    "Unknown database",
    "authentication failed",
    "does not exist",
    "not permitted",
)
_MEND = "Correct the name, account or Region in the pipeline's configuration"


@contextmanager
def open_source(source: Mapping[str, Any]) -> Iterator[Database]:
    """Open a read-only session on the configured database.

    Args:
        source: the section ``source`` of the configuration.

    Raises:
        BadInput: the database, its secret or the login is not there or not as configured.
        pymysql.err.OperationalError, psycopg2.OperationalError: it does not answer.
    """
    client = partial(
        aws_client,
        aws_conn_id=source["aws_conn_id"],
        region_name=source["region"],
        account_id=source["account_id"],
    )
    login = read_login(client("secretsmanager"), source["secret_id"], database=source["database"])
    host, port = _address(client("rds"), source)
    try:
        with connect(DATABASES[source["engine"]], host, port, login) as database:
            yield database
    except (pymysql.err.OperationalError, psycopg2.OperationalError) as error:
        if not any(sign in str(error) for sign in _WRONG_LOGIN):
            raise
        raise BadInput(
            "source.secret_id",
            source["secret_id"],
            f"the database refuses its login: {str(error).strip()}",
            "Correct the secret, or let its user read the table",
        ) from error


def _address(rds: Any, source: Mapping[str, Any]) -> tuple[str, int]:
    name, engine = source["cluster_id"], source["engine"]
    clustered = engine in describe.CLUSTER_ENGINES
    found = describe.find_cluster(rds, name) if clustered else describe.find_instance(rds, name)
    if found is None:
        raise BadInput(
            "source.cluster_id",
            name,
            f"no such {'cluster' if clustered else 'DB instance'} in account {source['account_id']}, "
            f"Region {source['region']}",
            _MEND,
        )
    if found["Engine"] != engine:
        raise BadInput("source.engine", engine, f"{name} runs {found['Engine']}", _MEND)
    if clustered:
        return found["Endpoint"], found["Port"]
    endpoint = _endpoint_of_instance(name, found)
    return endpoint["Address"], endpoint["Port"]


def _endpoint_of_instance(name: str, instance: Mapping[str, Any]) -> Mapping[str, Any]:
    endpoint: Mapping[str, Any] | None = instance.get("Endpoint")
    if endpoint is None:
        status = instance["DBInstanceStatus"]
        raise BadInput(
            "source.cluster_id", name, f"the DB instance is {status}", "Wait until it is available"
        )
    return endpoint
