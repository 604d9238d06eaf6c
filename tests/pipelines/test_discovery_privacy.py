"""Runs of the discovery, good and broken, hold no value of the database and no password anywhere."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from contextlib import nullcontext

import pytest

from sandbox.seed.worlds import customers
from sandbox.seed.worlds.discovery import QUERIES
from tests.support import figures, planted
from tests.support.dag_runner import DagRunner, TaskFailed
from tests.support.discovery import Discovery
from tests.support.discovery_state import register
from tests.support.overheard import Overheard

TABLES = ("customer", "staff", "address", "customer_list", "staff_list")
CHOSEN = [
    {"schema": "sakila", "table": name, "kind": "all", "exclude_columns": ["picture", "location"]}
    for name in TABLES
]
QUOTING = "Error 1366: Incorrect value: '{email}' for column 'email', row {phone} of '{first_name}'"
"""A failure that quotes the row, which DMS may hand on in its task's last message."""


class Watched:
    """A discovery whose runs are overheard."""

    def __init__(self, discovery: Discovery) -> None:
        self.discovery = discovery
        self.kept: list[str] = []

    def run(self, *, fails: str = "", **options: object) -> DagRunner:
        """Run the DAG, to its end or until it fails in a task; all that it said and exchanged is kept."""
        overheard = Overheard(self.discovery.folder / f"overheard-{len(self.kept)}")
        run = self.discovery.runner(before_try=overheard.install, **options)
        with pytest.raises(TaskFailed, match=f"{fails}: ") if fails else nullcontext():
            run.run()
        stores = "".join(path.read_text() for path in run.folder.glob("*.json"))
        outcomes = json.dumps([vars(one) for ended in run.outcomes.values() for one in ended], default=str)
        self.kept.append("\n".join([overheard.text, outcomes, json.dumps(run.results), stores]))
        return run


@pytest.fixture
def watched(make_discovery: Callable[..., Discovery]) -> Watched:
    """A world whose short values are unmistakable."""
    discovery = make_discovery(tables=CHOSEN)
    discovery.edit(planted.MARK_STAFF, planted.MARK_PHONE)
    return Watched(discovery)


def values(discovery: Discovery) -> set[str]:
    """All values of the database that are personal data."""
    rows = [row for statement in planted.statements(TABLES) for row in discovery.edit(statement)]
    found = planted.distinct(rows)
    assert {one.lower() for one in planted.MARKED.values()} | {"98765432109", "1 zqplanted road"} <= found
    assert len(found) > 1_000
    return found


def passwords(discovery: Discovery) -> set[str]:
    """Passwords of the database, of DMS at it, and of the ledger."""
    secrets = discovery.client("secretsmanager")
    logins = [
        json.loads(secrets.get_secret_value(SecretId=name)["SecretString"])
        for name in (customers.LOGIN, customers.SEARCHED.dms_login)
    ]
    ledger = discovery.ledger_dsn.partition("password=")[2].split(" ")[0]
    assert ledger
    return {login["password"].lower() for login in logins} | {ledger.lower()}


def everything(discovery: Discovery) -> str:
    """All that is in the ledger, in the buckets but the extract, and in Athena's history."""
    tables = discovery.ledger(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'switchyard'"
    )
    parts = [
        json.dumps(discovery.ledger(f"SELECT * FROM switchyard.{one['table_name']}"), default=str)
        for one in tables
    ]
    s3, athena = discovery.client("s3"), discovery.client("athena")
    for bucket in (customers.FINDINGS, customers.RESULTS, QUERIES):
        for key in discovery.keys(bucket):
            found = s3.get_object(Bucket=bucket, Key=key)
            content = found["Body"].read()
            content = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
            parts += [key, json.dumps(found["Metadata"]), content.decode(errors="replace")]
    parts += register(discovery)
    for page in athena.get_paginator("list_query_executions").paginate(WorkGroup=customers.GROUP):
        asked = athena.batch_get_query_execution(QueryExecutionIds=page["QueryExecutionIds"][:50])
        parts.append(json.dumps(asked["QueryExecutions"], default=str))
    return "\n".join(parts)


@pytest.mark.timeout(300)
def test_no_value_and_no_password_is_kept_anywhere(watched: Watched) -> None:
    """It should find none in logs, templates, XComs, triggers, calls, answers, ledger, buckets and alerts."""
    discovery, sandbox = watched.discovery, watched.discovery.sandbox
    alerts = discovery.hear_alerts()
    watched.run(params={"dry_run": True})
    run = watched.run()
    assert run.results["register_exposures"]["new"] > 5

    quoted = QUOTING.format(phone="98765432109", **planted.MARKED)
    fault = {"kind": "error", "code": "UNKNOWN", "message": quoted, "times": None}
    sandbox.fault(f"dms:Load/{customers.TASK}/sakila.staff", **fault)
    watched.run(fails="load_extract")
    sandbox.clear_faults()

    policy = discovery.client("s3").get_bucket_policy(Bucket=customers.RESULTS)["Policy"]
    discovery.client("s3").delete_bucket_policy(Bucket=customers.RESULTS)
    watched.run(fails="collect_evidence")
    discovery.client("s3").put_bucket_policy(Bucket=customers.RESULTS, Policy=policy)

    held = passwords(discovery)
    secrets = discovery.client("secretsmanager")
    login = json.loads(secrets.get_secret_value(SecretId=customers.LOGIN)["SecretString"])
    wrong = {"password": "zqwrongpassword"}
    secrets.put_secret_value(SecretId=customers.LOGIN, SecretString=json.dumps(login | wrong))
    watched.run(fails="count_source_rows")
    secrets.put_secret_value(SecretId=customers.LOGIN, SecretString=json.dumps(login))

    told = alerts()
    assert len(told) == 1
    searched = {f"run {number}": text for number, text in enumerate(watched.kept, 1)}
    searched |= {"alerts": "\n".join(told), "stores": everything(discovery)}
    heard = {"staff", "PutObject", "trigger: ", "rendered: ", "Starting arn:aws:dms:"}
    assert {one for one in heard if one not in watched.kept[1]} == set()
    assert [where for where, text in searched.items() if customers.DATABASE not in text] == []
    wanted = values(discovery) | held | {"zqwrongpassword"}
    found = {where: planted.found_in(text, wanted) for where, text in searched.items()}
    figures.record(
        "secrets",
        place="runs of sensitive_data_discovery, alerts and buckets",
        searched_for=len(wanted),
        characters=sum(map(len, searched.values())),
        lost=sum(map(len, found.values())),
    )
    assert {where: some for where, some in found.items() if some} == {}
