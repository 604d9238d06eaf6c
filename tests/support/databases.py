"""The databases of the sandbox's worlds, as their owners reach them."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pymysql

Client = Callable[[str], Any]


def change_database(
    client: Client, cluster: str, secret: str, ca_bundle: str, *statements: str
) -> list[tuple[Any, ...]]:
    """Run statements in a MySQL cluster under a login of Secrets Manager; the rows of the last one.

    `client` returns boto3's clients by service.
    """
    [found] = client("rds").describe_db_clusters(DBClusterIdentifier=cluster)["DBClusters"]
    login = json.loads(client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"])
    with (
        closing(
            pymysql.connect(
                host=found["Endpoint"],
                port=found["Port"],
                user=login["username"],
                password=login["password"],
                database=login["dbname"],
                ssl_ca=ca_bundle,
                autocommit=True,
            )
        ) as connection,
        connection.cursor() as cursor,
    ):
        for statement in statements:
            cursor.execute(statement)
        return list(cursor.fetchall())
