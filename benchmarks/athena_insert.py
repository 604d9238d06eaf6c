"""The sandbox's Athena: seconds and memory of the INSERT that turns findings into the register of columns.

The statement is the pipeline's own, run through the API, on lines as the pipeline writes them: one finding of Macie
each, about 3 kB of JSON, with up to four kinds of data, each with up to 15 places in one to three columns. It makes
one row per finding, kind of data and column. Memory is the peak of the process that is sandbox and client in one.
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "plugins")]

from sandbox.objects import Objects
from switchyard.discovery.detections import register_rows
from switchyard.discovery.records import LINES_PER_PART, Tables, line
from switchyard.sql import render_athena

ACCOUNT, REGION, BUCKET, DATABASE = "111111111111", "us-west-2", "lake", "discovery"
BARS = {100_000: 5.0, 1_000_000: 60.0}
"""Seconds of the INSERT by number of findings."""
MEMORY_BAR = 1024
"""MiB of the process that runs the statement and holds the bucket."""
VARIANTS = 64
KINDS = ["NAME", "ADDRESS", "PHONE_NUMBER", "CREDIT_CARD_NUMBER", "DATE_OF_BIRTH"]
NAMES = ["customer", "staff", "address", "payment", "customer_list"]
COLUMNS = ["first_name", "last_name", "phone", "note", "address", "district", "card_number", "birthday"]

RUN = {"run_date": "2026-01-01", "run_id": "20260101T0000"}
TABLES = Tables("shop", "mysql:shop", {f"shop/{name}/LOAD00000001.parquet": ("shop", name) for name in NAMES})


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure each number of findings in a process of its own, and return 1 when a bar was missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--findings", type=int, help="measure this number alone, in this very process")
    options = parser.parse_args(arguments)
    if options.findings:
        return int(not measure(options.findings))
    print(
        f"{'findings':>10}{'seconds':>10}{'CPU':>8}{'findings/s':>13}{'rows':>12}{'MiB':>8}{'GB read':>10}",
        flush=True,
    )
    each = [[sys.executable, __file__, "--findings", str(count)] for count in sorted(BARS)]
    missed = any([subprocess.run(command, check=False).returncode for command in each])
    print(f"\nbars: {BARS} s, {MEMORY_BAR} MiB: {'missed' if missed else 'met'}")
    return int(missed)


def measure(findings: int) -> bool:
    """Run the statement in a new sandbox, print a line, and tell whether the bars were met."""
    from sandbox.client import Sandbox
    from sandbox.server import Server

    server = Server(profile="instant")
    server.start()
    try:
        lake = Lake(Sandbox(server.url))
        expected = lake.fill(findings)
        lake.create()
        insert = render_athena("insert_sensitive_columns", origin="finding", **RUN)
        began = time.process_time()
        statistics = lake.run(insert)
        worked = time.process_time() - began
        rows = lake.count()
    finally:
        server.close()
    assert rows == expected, f"{rows} rows in the register, not {expected}"
    seconds = statistics["TotalExecutionTimeInMillis"] / 1000
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    read = statistics["DataScannedInBytes"] / 1e9
    print(
        f"{findings:10,}{seconds:10.1f}{worked:8.1f}{findings / seconds:13,.0f}{rows:12,}{memory:8.0f}{read:10.2f}",
        flush=True,
    )
    return seconds <= BARS.get(findings, seconds) and memory <= MEMORY_BAR


class Lake:
    """A bucket of findings, and Athena over it."""

    def __init__(self, sandbox: Any) -> None:
        self._s3 = sandbox.client("s3", ACCOUNT, REGION)
        self._athena = sandbox.client("athena", ACCOUNT, REGION)
        self._s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        sandbox.client("glue", ACCOUNT, REGION).create_database(DatabaseInput={"Name": DATABASE})

    def fill(self, findings: int) -> int:
        """Put findings into the bucket, and return how many rows the register must have for them."""
        objects = Objects(ACCOUNT, REGION)
        variants = [variant(random.Random(seed)) for seed in range(VARIANTS)]  # noqa: S311 -- not a secret
        rows = 0
        for number, first in enumerate(range(0, findings, LINES_PER_PART)):
            several = range(first, min(first + LINES_PER_PART, findings))
            chosen = [variants[at % VARIANTS] for at in several]
            rows += sum(own for _, own in chosen)
            lines = (
                text.replace(b"<id>", b"%032x" % at) for at, (text, _) in zip(several, chosen, strict=True)
            )
            key = f"macie/origin=finding/run_id={RUN['run_id']}/part-{number:04}.jsonl"
            objects.write(BUCKET, key, b"".join(lines))
        return rows

    def create(self) -> None:
        """Create the pipeline's tables of records and of the register."""
        place = f"s3://{BUCKET}/macie/"
        template = f"{place}origin=${{origin}}/run_id=${{run_id}}/"
        self.run(render_athena("create_macie_records", location=place, template=template))
        self.run(render_athena("create_sensitive_columns", location=f"s3://{BUCKET}/register/"))

    def run(self, statement: str) -> dict[str, Any]:
        """Run a statement to its end and return its statistics."""
        query = self._athena.start_query_execution(
            QueryString=statement,
            QueryExecutionContext={"Database": DATABASE},
            ResultConfiguration={"OutputLocation": f"s3://{BUCKET}/results/"},
        )["QueryExecutionId"]
        while (found := self._show(query))["Status"]["State"] in {"QUEUED", "RUNNING"}:
            time.sleep(0.05)
        if found["Status"]["State"] != "SUCCEEDED":
            raise SystemExit(found["Status"]["StateChangeReason"])
        return dict(found["Statistics"], QueryExecutionId=query)

    def count(self) -> int:
        """Count the register's rows, each of which must be another one."""
        columns = "record_id, table_name, column_name, detector"
        text = f"SELECT count(*) FROM (SELECT DISTINCT {columns} FROM sensitive_columns)"  # noqa: S608 -- fixed
        query = self.run(text)["QueryExecutionId"]
        _, row = self._athena.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"]
        return int(row["Data"][0]["VarCharValue"])

    def _show(self, query: str) -> dict[str, Any]:
        return dict(self._athena.get_query_execution(QueryExecutionId=query)["QueryExecution"])


def variant(chance: random.Random) -> tuple[bytes, int]:
    """Return a finding as a line of JSON with "<id>" for its id, and the number of rows it makes."""
    kinds = [detection(chance, "type", kind) for kind in chance.sample(KINDS, chance.randint(1, 3))]
    own = [detection(chance, "name", "email") for _ in range(chance.randint(0, 1))]
    result = {
        "status": {"code": "COMPLETE", "reason": None},
        "sizeClassified": chance.randint(1000, 10**8),
        "mimeType": "application/vnd.apache.parquet",
        "additionalOccurrences": chance.random() < 0.5,
        "sensitiveData": [
            {
                "category": "PERSONAL_INFORMATION",
                "totalCount": sum(one["count"] for one in kinds),
                "detections": kinds,
            }
        ],
        "customDataIdentifiers": {
            "totalCount": sum(one["count"] for one in own),
            "detections": [one | {"arn": "7a3d1f0e-0001-4c6b-9a65-1f2b3c4d5e6f"} for one in own],
        },
    }
    made = finding(chance.choice(NAMES), result)
    written = line(made, TABLES)
    assert written is not None
    return written, register_rows([made])


def detection(chance: random.Random, member: str, name: str) -> dict[str, Any]:
    """Return what was found of a kind of data; `member` says what its name is called."""
    columns = chance.sample(COLUMNS, chance.randint(1, 3))
    places = chance.randint(len(columns), 15)
    records = [
        {"jsonPath": f"$.{columns[at % len(columns)]}", "recordIndex": at * 37} for at in range(places)
    ]
    unused = {"cells": None, "lineRanges": None, "offsetRanges": None, "pages": None}
    return {member: name, "count": places * 91, "occurrences": {"records": records, **unused}}


def finding(table: str, result: dict[str, Any]) -> dict[str, Any]:
    """Return a finding about an object of a table."""
    key = f"shop/{table}/LOAD00000001.parquet"
    bucket: dict[str, Any] = {
        "arn": "arn:aws:s3:::extracts",
        "name": "extracts",
        "createdAt": "2025-01-01T00:00:00.000Z",
    }
    bucket |= {
        "owner": {"displayName": "data", "id": "0" * 64},
        "tags": [{"key": "data", "value": "extract"}],
    }
    stored: dict[str, Any] = {
        "bucketArn": "arn:aws:s3:::extracts",
        "key": key,
        "path": f"extracts/{key}",
        "extension": "parquet",
    }
    stored |= {
        "lastModified": "2026-01-01T00:00:00.000Z",
        "eTag": "0" * 32,
        "size": 123456,
        "publicAccess": False,
    }
    return {
        "schemaVersion": "1.0",
        "id": "<id>",
        "accountId": ACCOUNT,
        "partition": "aws",
        "region": REGION,
        "type": "SensitiveData:S3Object/Multiple",
        "title": "The S3 object contains multiple categories of sensitive data",
        "description": "The S3 object contains more than one category of sensitive data.",
        "severity": {"score": 3, "description": "High"},
        "createdAt": "2026-01-01T00:01:02.345Z",
        "updatedAt": "2026-01-01T00:01:02.345Z",
        "count": 1,
        "category": "CLASSIFICATION",
        "archived": False,
        "sample": False,
        "resourcesAffected": {"s3Bucket": bucket, "s3Object": stored},
        "classificationDetails": {
            "jobArn": f"arn:aws:macie2:{REGION}:{ACCOUNT}:classification-job/{'1' * 32}",
            "jobId": "1" * 32,
            "originType": "SENSITIVE_DATA_DISCOVERY_JOB",
            "detailedResultsLocation": f"s3://results/AWSLogs/{ACCOUNT}/Macie/{REGION}/{'1' * 32}/",
            "result": result,
        },
    }


if __name__ == "__main__":
    sys.exit(main())
