"""The publishing of a register, with an Athena that fails wherever it can."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from switchyard.discovery.names import Store
from switchyard.errors import CheckFailed, StepFailed
from switchyard.operators.discovery.publish import PublishRegisterOperator
from tests.discovery.conftest import record
from tests.support.athena import DATA, DATABASE, RESULTS, Lake
from tests.support.aws_connections import SOURCE
from tests.support.control_plane import new_context, run_step

STAMP, GROUP = "2602010000-aaaaaa", "discovery"
STORE = Store(STAMP)
EVIDENCE = {"bucket": DATA, "prefix": "findings/", "register_bucket": DATA, "register_prefix": "register/"}
STATEMENTS = ("create", "create", "create", "create", "count", "insert", "count")


class Evidence(Lake):
    """What a search has found, as the collecting step leaves it."""

    def collected(self, *columns: str, job_id: str = "job-1", **changes: int) -> None:
        """Leave one record with e-mail addresses in these columns."""
        found = record(custom=[("EMAIL", len(columns), [f"$.{column}" for column in columns])])
        found["classificationDetails"]["jobId"] = job_id
        placed = {"pipeline": "p", "source_name": "s", "schema_name": "shop", "table_name": "customer"}
        self.put(STORE.raw_part("result", 1), [found | placed])
        counts = {"register_rows": len(columns), "sensitive": 1, "origin": "result", "job_id": job_id}
        self.put(STORE.document("collected"), json.dumps(counts | changes))

    def register(self) -> list[tuple[str | None, ...]]:
        """The register's columns, rows that came twice included."""
        return self.rows("SELECT column_name, job_id FROM sensitive_columns ORDER BY 1")

    def columns(self, table: str) -> dict[str, str]:
        """The types of a table's columns, as the catalogue has them."""
        descriptor = self.glue.get_table(DatabaseName=DATABASE, Name=table)["Table"]["StorageDescriptor"]
        return {one["Name"]: one["Type"] for one in descriptor["Columns"]}


@pytest.fixture
def evidence(sandbox, aws_connections, recorded):
    """A workgroup and a database of the register, in which nothing has been published."""
    lake = Evidence(sandbox)
    place = {"OutputLocation": f"s3://{RESULTS}/"}
    lake.athena.create_work_group(Name=GROUP, Configuration={"ResultConfiguration": place})
    return lake


def publish():
    step = PublishRegisterOperator(
        task_id="publish_register",
        pipeline="sensitive_data_discovery/customers",
        stamp=STAMP,
        evidence=EVIDENCE,
        athena={"workgroup": GROUP, "database": DATABASE},
        timeout=timedelta(seconds=60),
        poll_interval=0.01,
        **SOURCE,
    )
    return run_step(step, new_context())


def test_failed_statement_is_tried_again(sandbox, evidence):
    """It should publish each row once wherever Athena fails and bids try again, in a half-written INSERT too."""
    evidence.collected("email", "mail")
    hits = 0
    while True:
        for key in evidence.keys(STORE.register):
            evidence.s3.delete_object(Bucket=DATA, Key=key)
        sandbox.fault("athena:Execute", "server-error", after=hits, times=1)
        publish()
        [fault] = sandbox.faults()
        sandbox.clear_faults()
        if not fault["hits"]:
            break
        hits += 1
        assert evidence.register() == [("email", "job-1"), ("mail", "job-1")]
    assert hits > len(STATEMENTS)


def test_refused_statement_is_told(sandbox, evidence):
    """It should not try again what Athena calls hopeless, and name statement, reason and remedy."""
    evidence.collected("email")
    sandbox.fault("athena:Execute", "error", code="PERMISSION_DENIED", message="no", after=1, times=1)
    with pytest.raises(StepFailed, match=r"statement create_\w+ .*PERMISSION_DENIED: no.*clear this task"):
        publish()
    assert evidence.keys(STORE.register) == []


def test_rows_of_another_job_are_replaced(evidence):
    """It should publish anew where the run has searched again, though as many rows are there as must be."""
    evidence.collected("email")
    publish()
    evidence.collected("mail", job_id="job-2")
    publish()
    assert evidence.register() == [("mail", "job-2")]
    published = evidence.keys(STORE.register)
    publish()
    assert evidence.keys(STORE.register) == published


def test_counts_must_agree(evidence):
    """It should not publish other rows than were collected."""
    evidence.collected("email", register_rows=7)
    with pytest.raises(CheckFailed, match=r"Athena counts \(1, 1, 0\), expected are \(7, 1, 0\) rows"):
        publish()


def test_tables_of_an_earlier_release_get_their_new_columns(evidence):
    """It should bring a table from before a column to what a new one has, once, and leave what else it has."""
    evidence.collected("email")
    publish()
    made = evidence.columns("scan_coverage")
    evidence.run("DROP TABLE scan_coverage")
    evidence.run(
        "CREATE EXTERNAL TABLE scan_coverage (run_id string, pipeline string, of_people string) "
        f"ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' LOCATION 's3://{DATA}/findings/coverage/' "
        "TBLPROPERTIES ('team' = 'privacy')"
    )
    publish()
    before = evidence.glue.get_table(DatabaseName=DATABASE, Name="scan_coverage")["Table"]
    assert evidence.columns("scan_coverage")["of_people"] == "string"
    assert evidence.columns("scan_coverage").items() >= {"searched_at": made["searched_at"]}.items()
    assert before["Parameters"]["team"] == "privacy"
    assert evidence.rows("SELECT max_by(run_id, searched_at) FROM scan_coverage") == [(None,)]
    publish()
    assert evidence.glue.get_table(DatabaseName=DATABASE, Name="scan_coverage")["Table"] == before


def test_insert_of_a_lost_try_is_stopped(sandbox, evidence):
    """It should not write beside an INSERT that a cleared try sent, and that still runs."""
    evidence.collected("email")
    text = "-- sensitive_data_discovery/customers 2602010000-aaaaaa\nINSERT INTO sensitive_columns SELECT 1"
    sandbox.durations({"query.run": 1000})
    lost = evidence.start(text, WorkGroup=GROUP)
    sandbox.durations({"query.run": 0})
    publish()
    assert evidence.state(lost) == "CANCELLED"
    assert evidence.register() == [("email", "job-1")]
