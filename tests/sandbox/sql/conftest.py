import io
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from moto.s3.models import s3_backends

from sandbox import aws
from sandbox.objects import Objects
from sandbox.sql.catalogue import Column, Partition, Table
from sandbox.sql.engine import Engine
from sandbox.sql.session import Session
from sandbox.sql.text import text_rows
from sandbox.sql.trino import parse_query
from sandbox.sql.types import trino

ACCOUNT, REGION, BUCKET = "111111111111", "us-west-2", "lake"


class Lakehouse:
    """A catalogue of tables over a bucket, and queries on them."""

    def __init__(self, scratch):
        aws.reset()
        aws.install()
        self.s3 = s3_backends[ACCOUNT]["aws"]
        self.s3.create_bucket(BUCKET, REGION)
        self.objects = Objects(ACCOUNT, REGION)
        self.tables = {}
        self.registered = {}
        self.now = datetime(2026, 6, 15, tzinfo=UTC).replace(tzinfo=None)
        self.session = Session(self.objects, scratch)
        self.engine = Engine(self.session, self, parse_query, self.now)

    def put(self, key, content):
        if isinstance(content, pa.Table):
            buffer = io.BytesIO()
            pq.write_table(content, buffer)
            content = buffer.getvalue()
        self.s3.put_object(BUCKET, key, content if isinstance(content, bytes) else content.encode())

    def add(self, name, columns, keys="", partitions=(), **details):
        """Register a table; `columns` and `keys` read "name type, name type"."""
        details = {"location": f"s3://{BUCKET}/{name}/", "format": "parquet"} | details
        table = Table("shop", name, _columns(columns), _columns(keys), **details)
        self.tables[name] = table
        self.registered[name] = [
            Partition(values, f"{table.location}{folder}/") for values, folder in partitions
        ]

    def table(self, database, name):
        return self.tables.get(name) if database == "shop" else None

    def has_database(self, name):
        return name == "shop"

    def partitions(self, table):
        return self.registered[table.name]

    def prepare(self, query):
        return self.engine.prepare(parse_query(query), "shop", query)

    def types(self, query):
        return [(one.name, trino(one.kind)) for one in self.prepare(query).columns]

    def rows(self, query):
        """Return a query's rows as text."""
        prepared = self.prepare(query)
        columns = [(one.name, one.kind) for one in prepared.columns]
        return self.session.execute(text_rows(prepared.sql, columns))

    def scanned(self, query):
        """Return the bytes that a query reads."""
        prepared = self.prepare(query)
        before = self.session.lake.scanned
        self.session.execute(prepared.sql)
        return self.session.lake.scanned - before


def _columns(text):
    return tuple(Column(*one.strip().split(" ", 1)) for one in text.split(";") if one.strip())


@pytest.fixture
def lake(tmp_path):
    made = Lakehouse(tmp_path)
    with made.session:
        yield made
    aws.reset()
