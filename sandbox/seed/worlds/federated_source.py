"""A database that a warehouse reads live: its cluster, its logins, and TPC-DS's rows in it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import psycopg2
import psycopg2.sql
import pymysql

from sandbox.seed import tpcds
from sandbox.seed.tpcds import EngineName
from sandbox.seed.worlds.cluster import Cluster
from sandbox.seed.worlds.place import Place
from sandbox.seed.worlds.server import Plan, connection, is_empty

DATABASE = "tpc"
"""In PostgreSQL its tables are in the schema "public"."""

SCALE = 0.01
OWNER = "switchyard"
READER_CONNECTIONS = 40


@dataclass(frozen=True)
class Source:
    """Such a database; `plan` is its cluster."""

    plan: Plan

    @property
    def engine(self) -> EngineName:
        """What it speaks."""
        return self.plan.speaks

    @property
    def owner(self) -> str:
        """The secret of those who write to it."""
        return f"switchyard/{self.plan.name}/owner"

    @property
    def login(self) -> str:
        """The secret of pipelines, which only read."""
        return f"switchyard/{self.plan.name}/login"

    @property
    def warehouse_login(self) -> str:
        """The secret of the warehouse, which only reads."""
        return f"switchyard/{self.plan.name}/warehouse"


def make_cluster(place: Place, source: Source) -> Cluster:
    """Make the cluster, which its owners alone can enter yet."""
    name = source.plan.name
    owner = {"username": OWNER, "password": secrets.token_urlsafe(24), "dbname": DATABASE}
    login = place.secret(source.owner, owner, f"Login of the owners of {name}")
    cluster = Cluster(place, source.plan, place.key(f"alias/switchyard-{name}", f"Data of {name}"), login)
    cluster.create()
    for secret, user in _readers(source).items():
        # The fields that the Secrets Manager's console makes for a database of RDS.
        fields = {
            "username": user,
            "password": secrets.token_urlsafe(24),
            "engine": source.engine,
            "host": cluster.endpoint,
            "port": cluster.port,
            "dbname": DATABASE,
            "dbClusterIdentifier": name,
        }
        place.secret(secret, fields, f"Login of {user} to {name}, which only reads")
    return cluster


def fill(cluster: Cluster, source: Source, ca_bundle: str) -> None:
    """Load the rows and let the readers in, where the database is empty."""
    reached = connection(cluster, ca_bundle)
    if not is_empty(reached, source.engine):
        return
    tpcds.load(reached, source.engine, scale=SCALE)
    driver: Any = pymysql if source.engine == "mysql" else psycopg2
    with closing(driver.connect(**reached)) as database, database.cursor() as cursor:
        for secret in _readers(source):
            _let_in(cursor, source.engine, cluster.place.secret(secret, {}, ""))
        database.commit()
    cluster.place.note(f"data of {DATABASE}")


def _readers(source: Source) -> Mapping[str, str]:
    return {source.login: "pipeline", source.warehouse_login: "warehouse"}


def _let_in(cursor: Any, engine: EngineName, login: Mapping[str, Any]) -> None:
    """Make a user who reads all tables of the database, those to come too, over few connections."""
    user, password = login["username"], login["password"]
    if engine == "mysql":
        limit = f"MAX_USER_CONNECTIONS {READER_CONNECTIONS}"
        cursor.execute(f"CREATE USER %s@'%%' IDENTIFIED BY %s WITH {limit}", [user, password])
        cursor.execute(f"GRANT SELECT ON {DATABASE}.* TO %s@'%%'", [user])
        return
    role = psycopg2.sql.Identifier(user)
    for statement in (
        f"CREATE ROLE {{}} LOGIN CONNECTION LIMIT {READER_CONNECTIONS} PASSWORD %s",
        "GRANT USAGE ON SCHEMA public TO {}",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {}",
    ):
        cursor.execute(psycopg2.sql.SQL(statement).format(role), [password] if "%s" in statement else None)
