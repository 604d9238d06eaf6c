"""Whether a server's certificate names the host that clients connect to."""

from __future__ import annotations

import psycopg2
import pymysql

from switchyard.databases.connections import connect
from switchyard.databases.logins import Login
from switchyard.sql import Engine


def names_host(engine: Engine, host: str, port: int, login: Login) -> bool:
    """Say whether a client that verifies the host name gets in where one that does not verify it does.

    Args:
        engine: "mysql" or "postgres".
        host: endpoint as RDS reports it.
        port: TCP port.
        login: from `read_login`.

    Raises:
        pymysql.err.OperationalError, psycopg2.OperationalError: nobody gets in.
    """
    try:
        with connect(engine, host, port, login):
            return True
    except (pymysql.err.OperationalError, psycopg2.OperationalError):
        with connect(engine, host, port, login, verify_host_name=False):
            return False
