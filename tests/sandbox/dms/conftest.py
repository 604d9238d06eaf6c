"""DMS with its roles and a bucket, and real servers to read from."""

import pytest

from tests.support.dms import BUCKET, REGION, ROLE, SECRET_ROLE, SOURCE, Migration


@pytest.fixture
def migration(sandbox):
    """DMS with its roles and an empty bucket."""
    found = Migration(sandbox)
    found.role(f"arn:aws:iam::{SOURCE}:role/dms-vpc-role", "dms.amazonaws.com")
    found.role(ROLE, "dms.amazonaws.com")
    found.role(SECRET_ROLE, f"dms.{REGION}.amazonaws.com")
    found.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    return found


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
