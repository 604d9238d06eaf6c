"""Finds the ledger through an Airflow connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg2.extensions import make_dsn

from switchyard.errors import BadInput
from switchyard.ledger.writer import Ledger

if TYPE_CHECKING:
    from airflow.sdk import Connection

DEFAULT_CONN_ID = "switchyard_ledger"
_LIBPQ_EXTRAS = ("sslmode", "sslrootcert", "sslcert", "sslkey", "target_session_attrs")


def dsn_from_airflow(conn_id: str = DEFAULT_CONN_ID) -> str:
    """Build a libpq connection string from an Airflow connection of type ``postgres``.

    Raises:
        BadInput: there is no such connection, or it is of another type.
    """
    connection = _connection(conn_id)
    if connection.conn_type not in ("postgres", "postgresql"):
        raise BadInput(
            field=f"connection {conn_id}",
            value=str(connection.conn_type),
            problem="the ledger is kept in PostgreSQL",
            remedy="Give the connection the type postgres",
        )
    extras = connection.extra_dejson
    return make_dsn(
        host=connection.host,
        port=connection.port,
        dbname=connection.schema,
        user=connection.login,
        password=connection.password,
        application_name="switchyard",
        **{name: extras[name] for name in _LIBPQ_EXTRAS if name in extras},
    )


def _connection(conn_id: str) -> Connection:
    # Importing Airflow takes seconds, which the command line with --dsn does without.
    from airflow.sdk import Connection  # noqa: PLC0415
    from airflow.sdk.exceptions import AirflowNotFoundException  # noqa: PLC0415

    try:
        connection: Connection = Connection.get(conn_id)
    except AirflowNotFoundException as error:
        raise BadInput(
            field="ledger connection",
            value=conn_id,
            problem="no Airflow connection of this name",
            remedy="Create it with type postgres, or name another in the pipeline's configuration",
        ) from error
    return connection


def from_airflow(conn_id: str = DEFAULT_CONN_ID) -> Ledger:
    """Open the ledger that an Airflow connection names.

    Raises:
        BadInput: there is no such connection, or it is of another type.
    """
    return Ledger(dsn_from_airflow(conn_id))
