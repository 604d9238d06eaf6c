"""DMS with its roles and a bucket, and real servers to read from."""

import pytest

from tests.support.dms import BUCKET, PASSWORD, REGION, ROLE, SECRET_ROLE, SOURCE, USER, Migration, Server


@pytest.fixture
def migration(sandbox):
    """DMS with its roles and an empty bucket."""
    found = Migration(sandbox)
    found.role(f"arn:aws:iam::{SOURCE}:role/dms-vpc-role", "dms.amazonaws.com")
    found.role(ROLE, "dms.amazonaws.com")
    found.role(SECRET_ROLE, f"dms.{REGION}.amazonaws.com")
    found.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    return found


def _server(data_plane, engine):
    key = f"dms-{engine}"
    data_plane.engines.create(key, engine, username=USER, password=PASSWORD, database="shop")
    host, port = data_plane.engines.start(key, certificate_names=["127.0.0.1"])
    return Server(engine, key, host, port)


@pytest.fixture(scope="session")
def mysql_server(data_plane):
    return _server(data_plane, "mysql")


@pytest.fixture(scope="session")
def postgres_server(data_plane):
    return _server(data_plane, "postgres")


@pytest.fixture
def mysql(mysql_server):
    """A MariaDB with an empty database `shop`."""
    mysql_server.do(
        "DROP DATABASE IF EXISTS shop2", "DROP DATABASE shop", "CREATE DATABASE shop CHARACTER SET utf8mb4"
    )
    return mysql_server


@pytest.fixture
def postgres(postgres_server):
    """A PostgreSQL with an empty schema `public`."""
    postgres_server.do(
        "DROP SCHEMA IF EXISTS other CASCADE", "DROP SCHEMA public CASCADE", "CREATE SCHEMA public"
    )
    return postgres_server
