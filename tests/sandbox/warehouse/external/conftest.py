"""A warehouse beside a MariaDB and a PostgreSQL, with an external schema over each."""

import pytest

from tests.support.dms import PASSWORD, USER
from tests.support.warehouse import SECRET, Cloud, Shop, external_schema

HOSTS = {"mysql": ("mysql.example", 3306), "postgres": ("postgres.example", 5432)}


@pytest.fixture
def shop(mysql_server, postgres_server):
    """A session that reads schema fed of MySQL and schema pg of PostgreSQL."""
    cloud = Cloud()
    cloud.secrets[SECRET] = {"username": USER, "password": PASSWORD}
    for server in (mysql_server, postgres_server):
        cloud.routes[HOSTS[server.engine]] = (server.host, server.port)
    made = Shop(cloud)
    made.run(external_schema("fed", "MYSQL", *HOSTS["mysql"]))
    made.run(external_schema("pg", "POSTGRES", *HOSTS["postgres"]))
    yield made
    made.warehouse.close()


@pytest.fixture
def mysql(mysql_server):
    """Run statements in MariaDB; tables called loaded_... go with the test."""
    yield mysql_server.do
    _clean(mysql_server, "database()")


@pytest.fixture
def postgres(postgres_server):
    """Run statements in PostgreSQL; tables called loaded_... go with the test."""
    yield postgres_server.do
    _clean(postgres_server, "'public'")


@pytest.fixture
def orders(mysql, postgres):
    """A table of three orders in each of the databases."""
    rows = "(1, 'John', '2026-01-01 10:00:00'), (2, 'john', '2026-01-02 10:00:00'), (3, 'Ann', '2026-01-03 10:00:00')"
    for do, kind in ((mysql, "DATETIME(6)"), (postgres, "TIMESTAMP")):
        do(
            "DROP TABLE IF EXISTS loaded_orders",
            f"CREATE TABLE loaded_orders (id INT PRIMARY KEY, name VARCHAR(20), updated_at {kind} NOT NULL)",
            f"INSERT INTO loaded_orders VALUES {rows}",
        )
    return "loaded_orders"


def _clean(server, schema):
    connection = server.connect()
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT table_name FROM information_schema.tables "
                f"WHERE table_schema = {schema} AND table_name LIKE 'loaded%'"
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TABLE {name}")
    finally:
        connection.close()
