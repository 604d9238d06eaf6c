"""The statements of the register and its auditors, on lines of two runs as the pipeline writes them."""

import datetime as dt
import re
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from switchyard.discovery.detections import detections
from switchyard.discovery.records import Tables, line
from switchyard.sql import render_athena
from tests.support.athena import DATA, Lake

FOLDER = Path(__file__).parents[3] / "include" / "sql" / "athena"
NAMES = sorted(path.stem for path in FOLDER.glob("*.sql"))
TODAY = dt.datetime.now(dt.UTC).date().isoformat()
BEFORE, NOW = ("2020-01-01", "20200101T0300"), ("2019-06-02", "20190602T0300")
"""The partitions of the two runs; that of today fills back a tick before the other."""
SEARCHED = {BEFORE: "2020-01-01T03:00:07+00:00", NOW: f"{TODAY}T03:00:07+00:00"}
PERSONAL, CUSTOM = "PERSONAL_INFORMATION", "CUSTOM_IDENTIFIER"
TABLES = Tables(
    "p", "mysql:c", {f"shop/{name}/1.parquet": ("shop", name) for name in ("customer", "payment", "staff")}
)


def detection(member, name, count, *paths):
    """Something found so often, at these paths; at none that is known where there are none."""
    places = [{"jsonPath": path, "recordIndex": row} for row, path in enumerate(paths)]
    return {
        member: name,
        "count": count,
        "occurrences": {"records": places, "cells": None} if places else None,
    }


def record(number, table, managed, custom, score=2, day=TODAY):
    """A finding of Macie."""
    groups = managed and [{"category": PERSONAL, "totalCount": 1, "detections": managed}]
    return {
        "id": f"f{number}",
        "createdAt": f"{day}T03:30:00.000Z",
        "severity": {"score": score, "description": "Medium"},
        "resourcesAffected": {"s3Object": {"key": f"shop/{table}/1.parquet", "eTag": "e"}},
        "classificationDetails": {
            "jobId": "job",
            "result": {
                "status": {"code": "COMPLETE", "reason": None},
                "sensitiveData": groups,
                "customDataIdentifiers": None if custom is None else {"totalCount": 1, "detections": custom},
            },
        },
    }


RECORDS = {
    BEFORE: [record(1, "customer", [detection("type", "NAME", 3, "$.name", "$.name")], None, day=BEFORE[0])],
    NOW: [
        record(
            2,
            "customer",
            [detection("type", "NAME", 2, "$.name", "$['name']")],
            [detection("name", "EMAIL", 1, "$['e mail']")],
        ),
        record(3, "staff", [detection("type", "PHONE_NUMBER", 5)], [], score=3),
        record(4, "payment", None, [detection("name", "EMAIL", 4, "$.a", None, "$.b", "$.a")]),
        record(5, "payment", [], []),
        record(6, "customer", None, None),
    ],
}
COVERED = [
    (BEFORE, "customer", "COMPLETE", ""),
    (NOW, "customer", "COMPLETE", ""),
    (NOW, "payment", "SKIPPED", "UNSUPPORTED_OBJECT"),
    (NOW, "staff", "COMPLETE", ""),
]
REVIEWED = [
    (BEFORE, "staff", "phone", "PHONE_NUMBER", "2019-01-01"),
    (NOW, "customer", "name", "NAME", "2099-01-01"),
    (NOW, "payment", "*", "*", "2020-01-01"),
]


@pytest.fixture
def lake(sandbox):
    """The tables with two runs published, the first of them years ago."""
    made = Lake(sandbox)
    for folder, name in (
        ("macie", "create_macie_records"),
        ("coverage", "create_scan_coverage"),
        ("exceptions", "create_reviewed_exceptions"),
        ("register", "create_sensitive_columns"),
    ):
        place = f"s3://{DATA}/{folder}/"
        more = {"template": f"{place}origin=${{origin}}/run_id=${{run_id}}/"} if folder == "macie" else {}
        made.run(render_athena(name, location=place, **more))
    for (run_date, run_id), records in RECORDS.items():
        lines = b"".join(line(one, TABLES) for one in records)
        made.put(f"macie/origin=finding/run_id={run_id}/1.jsonl", lines)
        made.run(
            render_athena("insert_sensitive_columns", origin="finding", run_date=run_date, run_id=run_id)
        )
    made.put("coverage/1.jsonl", [coverage(*one) for one in COVERED])
    made.put("exceptions/1.jsonl", [exception(*one) for one in REVIEWED])
    return made


def coverage(run, table, code, reason):
    place = {"schema_name": "shop", "table_name": table, "source_name": "mysql:c", "object_bytes": 10}
    status = {"status_code": code, "status_reason": reason, "found": "findings"}
    there = {"pipeline": "p", "run_date": run[0], "run_id": run[1], "searched_at": SEARCHED[run]}
    return there | {"object_key": table} | place | status


def exception(run, table, column, detector, expires):
    place = {"schema_name": "shop", "table_name": table, "column_name": column, "detector": detector}
    review = {"owner": "dpo", "reason": "known", "expires": expires}
    return {"pipeline": "p", "run_date": run[0], "run_id": run[1]} | place | review


P, C = ("p", "mysql:c", "shop"), "custom:EMAIL"
ANSWERS = {
    "register_now": [
        (*P, "customer", "e mail", CUSTOM, C, "1", "2", "false", NOW[0]),
        (*P, "customer", "name", PERSONAL, "NAME", "2", "2", "false", NOW[0]),
        (*P, "payment", "a", CUSTOM, C, "4", "2", "true", NOW[0]),
        (*P, "payment", "b", CUSTOM, C, "4", "2", "true", NOW[0]),
        (*P, "staff", None, PERSONAL, "PHONE_NUMBER", "5", "3", "true", NOW[0]),
    ],
    "by_table": [
        (*P, "staff", "0", "1", "1", "PHONE_NUMBER", "3"),
        (*P, "customer", "2", "0", "2", f"NAME, {C}", "2"),
        (*P, "payment", "2", "0", "1", C, "2"),
    ],
    "by_type": [
        (CUSTOM, C, "2", "3", "9"),
        (PERSONAL, "NAME", "1", "1", "2"),
        (PERSONAL, "PHONE_NUMBER", "1", "0", "5"),
    ],
    "coverage": [
        ("p", *NOW, "findings", "shop", "payment", "1", "0", "10", "UNSUPPORTED_OBJECT"),
        ("p", *NOW, "findings", "shop", "customer", "1", "1", "10", None),
        ("p", *NOW, "findings", "shop", "staff", "1", "1", "10", None),
        ("p", *BEFORE, "findings", "shop", "customer", "1", "1", "10", None),
    ],
    "exceptions": [
        ("p", "shop", "payment", "*", "*", "dpo", "known", "2020-01-01", "true", "2"),
        ("p", "shop", "customer", "name", "NAME", "dpo", "known", "2099-01-01", "false", "1"),
    ],
    "new_since": [
        (*P, "customer", "e mail", C, TODAY, TODAY, "1"),
        (*P, "payment", "a", C, TODAY, TODAY, "1"),
        (*P, "payment", "b", C, TODAY, TODAY, "1"),
        (*P, "staff", None, "PHONE_NUMBER", TODAY, TODAY, "1"),
    ],
    "trend": [
        ("p", *BEFORE, SEARCHED[BEFORE], "findings", "1", "1", "1", "3"),
        ("p", *NOW, SEARCHED[NOW], "findings", "3", "3", "5", "16"),
    ],
    "count_run": [("5", "3", "0")],
    "select_run": [
        ("shop", "customer", "e mail", CUSTOM, C, "1", "1", "2", "false"),
        ("shop", "customer", "name", PERSONAL, "NAME", "2", "1", "2", "false"),
        ("shop", "payment", "a", CUSTOM, C, "4", "1", "2", "true"),
        ("shop", "payment", "b", CUSTOM, C, "4", "1", "2", "true"),
        ("shop", "staff", "", PERSONAL, "PHONE_NUMBER", "5", "1", "3", "true"),
    ],
}


def test_queries_answer(lake):
    """It should answer each question of an auditor, and of the pipeline itself, with what is in the register."""
    run = dict(zip(("run_date", "run_id", "job_id"), (*NOW, "job"), strict=True))
    asked = {name: render_athena(name, **run) for name in NAMES if not name.startswith(("create", "insert"))}
    assert {name: lake.rows(text) for name, text in asked.items()} == ANSWERS


def test_register_holds_what_records_tell(lake):
    """It should make the rows that the pipeline counts, with their columns, from each kind of record."""
    expected = {
        (one["id"], column, found.category, found.detector, str(found.occurrences), str(found.located),
         str(found.truncated).lower())
        for records in RECORDS.values() for one in records for found in detections(one)
        for column in found.columns or (None,)
    }  # fmt: skip
    rows = lake.rows(
        "SELECT record_id, column_name, category, detector, occurrences, located, truncated FROM sensitive_columns"
    )
    assert len(rows) == len(expected)
    assert set(rows) == expected


def test_records_are_read_once():
    """It should name the records once, since Athena reads a table, and bills it, for each time it is named."""
    text = render_athena("insert_sensitive_columns", origin="finding", run_date="x", run_id="x")
    assert [table.name for table in sqlglot.parse_one(text, read="athena").find_all(exp.Table)].count(
        "macie_records"
    ) == 1


@pytest.mark.parametrize("name", NAMES)
def test_statement_is_athenas(name):
    """It should be one statement of Athena's language, all of it understood."""
    text = (FOLDER / f"{name}.sql").read_text()
    values = dict.fromkeys(re.findall(r"{{ (\w+) }}", text), "x")
    [statement] = sqlglot.parse(render_athena(name, **values), read="athena")
    assert isinstance(statement, exp.Create | exp.Insert | exp.Query)
    assert statement.find(exp.Command) is None
