"""A warehouse with a cloud around it that tests can arrange: roles, secrets, endpoints, buckets and a catalogue."""

import json
from datetime import UTC, datetime

from moto.s3.models import s3_backends

from sandbox.glue.catalogue import GlueCatalogue
from sandbox.objects import Objects
from sandbox.policy import Principal
from sandbox.warehouse.errors import RedshiftError
from sandbox.warehouse.external.relations import ExternalColumn, ExternalTable
from sandbox.warehouse.external.sources import Tables
from sandbox.warehouse.kinds import Kind
from sandbox.warehouse.warehouse import Warehouse

ACCOUNT, REGION, BUCKET, GLUE_DATABASE = "111111111111", "us-west-2", "lake", "shop_lake"
FEDERATED_ROLE = f"arn:aws:iam::{ACCOUNT}:role/federated"
LAKE_ROLE = f"arn:aws:iam::{ACCOUNT}:role/lake"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:shop-AbCdEf"


class Cloud:
    """What a warehouse finds around it; a test may change all of it between statements."""

    def __init__(self):
        self.attached = {FEDERATED_ROLE, LAKE_ROLE}
        self.secrets = {}
        self.readers = {FEDERATED_ROLE}
        self.routes = {}
        self.default = None

    def objects(self, role_arns):
        return Objects(ACCOUNT, REGION, role_arns[-1])

    def catalogue(self, role_arns):
        return GlueCatalogue(ACCOUNT, REGION, Principal(ACCOUNT, role_arns[-1]))

    def secret(self, secret_arn, role_arn):
        if role_arn not in self.readers:
            action = "secretsmanager:GetSecretValue"
            raise RedshiftError(f"User: {role_arn} is not authorized to perform: {action}", "42501")
        if secret_arn not in self.secrets:
            raise RedshiftError("Secrets Manager can't find the specified secret.")
        return dict(self.secrets[secret_arn])

    def route(self, host, port):
        return self.routes.get((host, port), (host, port))

    def roles(self):
        return set(self.attached)

    def default_role(self):
        return self.default

    def now(self):
        return datetime(2026, 6, 15, 12, tzinfo=UTC)


class Shop:
    """A session of a warehouse, the cloud around it, and short ways to look at both."""

    def __init__(self, cloud):
        self.cloud = cloud
        self.warehouse = Warehouse("wg", "analytics", ACCOUNT, REGION, cloud)
        self.session = self.warehouse.session("admin")

    def run(self, sql):
        return self.session.execute(sql)

    def rows(self, sql):
        return self.run(sql).rows

    def types(self, sql):
        """Return the names of a query's columns with their types and sizes."""
        return {one.name: one for one in self.run(sql).columns}

    def plan(self, sql):
        return [line for (line,) in self.rows(f"EXPLAIN {sql}")]

    def fetched(self):
        """Return how many rows the last statement got from other databases, and by which SQL."""
        last = self.session.query_id
        return [(one.rows, one.text) for one in self.warehouse.reads if one.query == last]

    # the lake

    @property
    def s3(self):
        return s3_backends[ACCOUNT]["aws"]

    @property
    def catalogue(self):
        return GlueCatalogue(ACCOUNT, REGION)

    def keys(self, prefix=""):
        return [one.key for one in Objects(ACCOUNT, REGION).list(BUCKET, prefix)]

    def read(self, key):
        return Objects(ACCOUNT, REGION).read(BUCKET, key)

    def contents(self):
        """Return all objects with their content."""
        return {key: self.read(key) for key in self.keys()}

    def document(self, key):
        return json.loads(self.read(key))


def external_schema(name, engine, host, port, *, role=FEDERATED_ROLE, secret=SECRET, database="shop"):
    """Return the statement that makes a federated schema."""
    return (
        f"CREATE EXTERNAL SCHEMA {name} FROM {engine} DATABASE '{database}' URI '{host}' PORT {port} "
        f"IAM_ROLE '{role}' SECRET_ARN '{secret}'"
    )


def _column(name, kind, comparable=True):
    return ExternalColumn(name, Kind(kind, 20), kind, comparable=comparable)


ORDERS = ExternalTable(
    "fed",
    "orders",
    "MySQL",
    (
        _column("id", "int4"),
        _column("updated_at", "timestamp"),
        _column("name", "varchar"),
        _column("day", "date"),
        _column("code", "varchar", comparable=False),
    ),
    rows=100_000,
)
SOURCES = Tables(lambda node: ORDERS if node.db == "fed" else None, lambda _: ("id", "x"))
"""Where the tests of trees look names up: one federated table, and any other with the columns id and x."""
