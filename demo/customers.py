"""The database of the world "customers" as people use it: its owners, auditors, and who is alerted.

After `KEEP=1 make demo`:

    .venv/bin/python -m scripts.in_demo python -m demo.customers ask register_now
    .venv/bin/python -m scripts.in_demo python -m demo.customers change "ALTER TABLE film ADD COLUMN owner VARCHAR(80)"
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from contextlib import closing
from functools import partial
from typing import Any

import pymysql
from botocore.exceptions import ClientError

from demo import processes
from demo.airflow_settings import REPOSITORY
from demo.clients import database
from demo.processes import DemoError
from demo.sandbox_process import SandboxProcess
from sandbox import settings
from sandbox.errors import SandboxError
from sandbox.seed.exposures import Exposure
from sandbox.seed.worlds import customers

ACCOUNT = "source"
QUERIES = REPOSITORY / "include" / "sql" / "athena"
QUERY_SECONDS = 60
ENDED = ("SUCCEEDED", "FAILED", "CANCELLED")
INBOX = "switchyard-data-protection"


class Customers:
    """The database, as its owners change it with any SQL client, and the extract that is made of it."""

    def __init__(self, process: SandboxProcess) -> None:
        self._target = database(process, ACCOUNT, customers.REGION, customers.PLAN.name)
        self._s3 = process.client().client("s3", ACCOUNT, customers.REGION)

    def change(self, *statements: str) -> int:
        """Run statements and return how many rows the last one changed."""
        with closing(self._target.connect()) as connection, connection.cursor() as cursor:
            changed = [cursor.execute(statement) for statement in statements]
            connection.commit()
        return int(changed[-1])

    def extract(self) -> list[str]:
        """Keys of what is in the extract."""
        found = self._s3.list_objects_v2(Bucket=customers.EXTRACT, Prefix=customers.FOLDER)
        return [one["Key"] for one in found.get("Contents", [])]


class Register:
    """The register of sensitive columns in Athena, as auditors ask it."""

    def __init__(self, process: SandboxProcess) -> None:
        self._athena: Any = process.client().client("athena", ACCOUNT, customers.REGION)

    def now(self) -> set[Exposure]:
        """Which columns hold what, by the last run."""
        names = ("schema_name", "table_name", "column_name", "detector")
        return {Exposure(*(row[name] for name in names)) for row in self.ask("register_now")}

    def ask(self, name: str) -> list[dict[str, str]]:
        """Run one of the queries in `include/sql/athena`; rows by the names of their columns.

        Raises:
            DemoError: there is no such query, or it failed; the message is Athena's.
        """
        file = QUERIES / f"{name}.sql"
        if not file.is_file():
            raise DemoError(f"there is no query {name} in {QUERIES}")
        query = self._athena.start_query_execution(
            QueryString=file.read_text(),
            QueryExecutionContext={"Database": customers.CATALOGUE},
            WorkGroup=customers.GROUP,
        )["QueryExecutionId"]
        processes.wait_until(
            lambda: self._status(query)["State"] in ENDED, f"query {name}", seconds=QUERY_SECONDS
        )
        if (status := self._status(query))["State"] != "SUCCEEDED":
            raise DemoError(f"query {name} is {status['State']}: {status.get('StateChangeReason')}")
        return _by_name(self._athena.get_paginator("get_query_results").paginate(QueryExecutionId=query))

    def _status(self, query: str) -> dict[str, Any]:
        return dict(self._athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"])


class Inbox:
    """The queue of those who are to be told of new exposures."""

    def __init__(self, process: SandboxProcess) -> None:
        client = partial(process.client().client, account=ACCOUNT, region=customers.REGION)
        self._sqs: Any = client("sqs")
        self._url = self._sqs.create_queue(QueueName=INBOX)["QueueUrl"]
        arn = f"arn:aws:sqs:{customers.REGION}:{customers.ACCOUNT}:{INBOX}"
        topic = f"arn:aws:sns:{customers.REGION}:{customers.ACCOUNT}:{customers.TOPIC}"
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self._sqs.set_queue_attributes(QueueUrl=self._url, Attributes={"Policy": policy})
        client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    def read(self) -> list[str]:
        """Take out the alerts that have come, oldest first."""
        found = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages", [])
        for one in found:
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=one["ReceiptHandle"])
        return [str(json.loads(one["Body"])["Message"]) for one in found]


def _by_name(pages: Iterable[dict[str, Any]]) -> list[dict[str, str]]:
    """Rows of a result, of which the first has the names; a missing value is ""."""
    names, *rows = [
        [cell.get("VarCharValue", "") for cell in row["Data"]]
        for page in pages
        for row in page["ResultSet"]["Rows"]
    ]
    return [dict(zip(names, row, strict=True)) for row in rows]


def main(arguments: Sequence[str] | None = None) -> int:
    """Do one thing in the sandbox that the environment names; problems are one message and exit code 1."""
    parser = argparse.ArgumentParser(
        prog="python -m demo.customers",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    ask = commands.add_parser("ask", help="run a query of include/sql/athena, such as register_now")
    ask.add_argument("what", metavar="QUERY")
    change = commands.add_parser("change", help="run SQL statements in the database")
    change.add_argument("what", nargs="+", metavar="STATEMENT")
    options = parser.parse_args(arguments)
    try:
        print(_done(options.command, options.what))
    except (DemoError, SandboxError, ClientError, pymysql.err.Error) as error:
        print(f"customers: {error}", file=sys.stderr)
        return 1
    return 0


def _done(command: str, what: Any) -> str:
    process = SandboxProcess(settings.home())
    if not process.present:
        raise DemoError(f"no sandbox is up in {process.home}: start it with KEEP=1 make demo")
    if command == "change":
        return f"{Customers(process).change(*what)} rows"
    rows = Register(process).ask(what)
    lines = [list(rows[0]), *(list(row.values()) for row in rows)] if rows else [["no rows"]]
    return "\n".join("\t".join(cells) for cells in lines)


if __name__ == "__main__":
    sys.exit(main())
