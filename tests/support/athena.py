"""Short ways to run statements in the sandbox's Athena and to see what became of them."""

from __future__ import annotations

import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sandbox.testing import LocalSandbox
from tests.support.dms import wait_for

SOURCE, REGION = "111111111111", "us-west-2"
DATA, RESULTS, DATABASE = "data", "results", "shop"
FINAL = {"SUCCEEDED", "FAILED", "CANCELLED"}


def run_statement(athena: Any, text: str, **more: Any) -> dict[str, Any]:
    """Run a statement to its end, however that is; `more` says where, as StartQueryExecution takes it."""
    return ended(athena, athena.start_query_execution(QueryString=text, **more)["QueryExecutionId"])


def ended(athena: Any, query: str) -> dict[str, Any]:
    """Wait for the end of a statement and return it."""
    found: dict[str, Any] = wait_for(
        lambda: athena.get_query_execution(QueryExecutionId=query)["QueryExecution"],
        lambda seen: seen["Status"]["State"] in FINAL,
    )
    return found


def ask(athena: Any, text: str, **more: Any) -> list[tuple[str | None, ...]]:
    """Run a query that must succeed, and return the names of its columns and then its rows."""
    found = run_statement(athena, text, **more)
    assert found["Status"]["State"] == "SUCCEEDED", (text, found["Status"])
    return results(athena, found["QueryExecutionId"])


def results(athena: Any, query: str) -> list[tuple[str | None, ...]]:
    """Return all rows of a statement's result, as text."""
    pages = athena.get_paginator("get_query_results").paginate(QueryExecutionId=query)
    return [
        tuple(value.get("VarCharValue") for value in row["Data"])
        for page in pages
        for row in page["ResultSet"]["Rows"]
    ]


def place(database: str, group: str) -> dict[str, Any]:
    """Where a statement runs, as StartQueryExecution takes it."""
    return {"QueryExecutionContext": {"Database": database}, "WorkGroup": group}


class Lake:
    """Athena of one account in one Region with a database, a bucket of data and one of results."""

    def __init__(self, sandbox: LocalSandbox) -> None:
        self.sandbox = sandbox
        for bucket in (DATA, RESULTS):
            self.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.glue.create_database(DatabaseInput={"Name": DATABASE})

    def client(self, service: str) -> Any:
        return self.sandbox.client(service, SOURCE, REGION)

    @property
    def athena(self) -> Any:
        return self.client("athena")

    @property
    def glue(self) -> Any:
        return self.client("glue")

    @property
    def s3(self) -> Any:
        return self.client("s3")

    # statements

    def start(self, text, client=None, **more):
        """Start a statement and return its id."""
        asked = {
            "QueryExecutionContext": {"Database": DATABASE},
            "ResultConfiguration": {"OutputLocation": f"s3://{RESULTS}/"},
        }
        return (client or self.athena).start_query_execution(QueryString=text, **(asked | more))[
            "QueryExecutionId"
        ]

    def show(self, query):
        return self.athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]

    def state(self, query):
        return self.show(query)["Status"]["State"]

    def ended(self, query):
        """Wait for the end of a statement and return it."""
        return ended(self.athena, query)

    def run(self, text, **more):
        """Run a statement that must succeed and return it."""
        found = self.ended(self.start(text, **more))
        assert found["Status"]["State"] == "SUCCEEDED", (text, found["Status"])
        return found

    def failed(self, text, **more):
        """Run a statement that must fail and return the reason."""
        found = self.ended(self.start(text, **more))
        assert found["Status"]["State"] == "FAILED", (text, found["Status"])
        return found["Status"]["StateChangeReason"]

    def rows(self, text, **more):
        """Return the rows of a query, without the names of the columns."""
        return self.printed(text, **more)[1:]

    def printed(self, text, **more):
        """Return the rows of a statement's result as it gives them."""
        return self.results(self.run(text, **more)["QueryExecutionId"])

    def results(self, query):
        """Return all rows of a statement's result."""
        return results(self.athena, query)

    # objects

    def put(self, key, content, bucket=DATA):
        """Put an object: bytes, text, a table as Parquet, or a list of documents as lines of JSON."""
        if isinstance(content, list):
            content = "".join(f"{json.dumps(one)}\n" for one in content)
        if isinstance(content, pa.Table):
            buffer = io.BytesIO()
            pq.write_table(content, buffer)
            content = buffer.getvalue()
        self.s3.put_object(Bucket=bucket, Key=key, Body=content)

    def keys(self, prefix="", bucket=DATA):
        listed = self.s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
        return [one["Key"] for one in listed]

    def parquet(self, key, bucket=DATA):
        """Return the rows of an object with Parquet."""
        return pq.read_table(
            io.BytesIO(self.s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        ).to_pylist()
