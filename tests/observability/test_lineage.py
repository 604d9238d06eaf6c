"""Lineage in OpenLineage's own form: names, facets, and nothing where nobody asks."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from openlineage.client import set_producer
from openlineage.client.event_v2 import Job, Run, RunEvent, RunState
from openlineage.client.naming.dataset import S3, Athena, MySQL, Postgres, Redshift
from openlineage.client.serde import Serde

from demo.airflow_settings import REPOSITORY
from switchyard.observability.lineage import (
    Check,
    Field,
    Lineage,
    athena_table,
    folder,
    source_table,
    warehouse_table,
)
from switchyard.observability.openlineage import TellsLineage, operator_lineage
from tests.support.lineage_rules import require_valid

ADDRESS = "shop.cluster-abc.us-west-2.rds.amazonaws.com:3306"
HOST, PORT = ADDRESS.split(":")
COPIES = (Field("id", "integer", "id"), Field("street", "varchar(60)", "ca_street"))


def event(told):
    """The event that a client sends of a lineage, as JSON has it."""
    set_producer("https://github.com/apache/airflow")
    made = operator_lineage(told)
    sent = RunEvent(
        eventType=RunState.COMPLETE,
        eventTime=datetime.now(UTC).isoformat(),
        run=Run(runId="0190a0b0-0000-7000-8000-000000000000"),
        job=Job(namespace="default", name="federated_load__retail.customer.apply_stage"),
        inputs=made.inputs,
        outputs=made.outputs,
    )
    return json.loads(Serde.to_json(sent))


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        (
            source_table("mysql", ADDRESS, database="tpc", schema=None, table="customer"),
            MySQL(HOST, PORT, "tpc", "customer"),
        ),
        (
            source_table("mysql", ADDRESS, database="", schema="sakila", table="staff"),
            MySQL(HOST, PORT, "sakila", "staff"),
        ),
        (
            source_table("postgres", ADDRESS, database="shop", schema=None, table="customer"),
            Postgres(HOST, PORT, "shop", "public", "customer"),
        ),
        (
            warehouse_table(
                {"workgroup": "switchyard", "database": "analytics"}, "us-west-2", ("retail", "customer")
            ),
            Redshift("switchyard", "us-west-2", "5439", "analytics", "retail", "customer"),
        ),
        (folder("lake", "published/web/customer/"), S3("lake", "published/web/customer")),
        (
            athena_table("us-west-2", "register", "sensitive_columns"),
            Athena("us-west-2", "AwsDataCatalog", "register", "sensitive_columns"),
        ),
    ],
    ids=lambda one: type(one).__name__,
)
def test_names_are_those_of_the_naming_rules(told, wanted):
    """It should name each data set as OpenLineage's own client does."""
    assert (told.namespace, told.name) == (wanted.get_namespace(), wanted.get_name())


def test_a_load_tells_columns_and_counts():
    """It should say what each column is a copy of, and how much was written, in valid facets."""
    source = source_table("mysql", ADDRESS, database="tpc", schema=None, table="customer")
    sent = event(
        Lineage((source,), (folder("lake", "web/customer", fields=COPIES, rows=7, size=90, files=2),))
    )
    require_valid(sent)
    [written] = sent["outputs"]
    assert [one["name"] for one in written["facets"]["schema"]["fields"]] == ["id", "street"]
    [copied] = written["facets"]["columnLineage"]["fields"]["street"]["inputFields"]
    assert (copied["namespace"], copied["name"], copied["field"]) == (
        source.namespace, source.name, "ca_street",
    )  # fmt: skip
    statistics = written["outputFacets"]["outputStatistics"]
    assert (statistics["rowCount"], statistics["size"], statistics["fileCount"]) == (7, 90, 2)


def test_checks_are_assertions_about_what_was_read():
    """It should tell each check and whether it held."""
    sent = event(Lineage((folder("lake", "a", checks=(Check("no_stale_rows", False, "id"),)),)))
    require_valid(sent)
    [one] = sent["inputs"][0]["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert (one["assertion"], one["success"], one["column"]) == ("no_stale_rows", False, "id")


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ("namespace", "namespace lake"),
        ("facet", "unknown facet strange"),
        ("field", r"SchemaDatasetFacetFields: missing \{'name'\}"),
    ],
)
def test_the_rules_refuse_what_is_wrong(broken, message):
    """It should fail where an event has no namespace, an unknown facet, or a facet without a field it must have."""
    sent = event(Lineage((folder("lake", "a", fields=COPIES),)))
    data = sent["inputs"][0]
    if broken == "namespace":
        data["namespace"] = "lake"
    elif broken == "facet":
        data["facets"]["strange"] = {}
    else:
        del data["facets"]["schema"]["fields"][0]["name"]
    with pytest.raises(AssertionError, match=message):
        require_valid(sent)


def test_a_step_without_lineage_tells_nothing():
    """It should give the provider an event without data sets: where it gets None it warns in the step's log."""
    told = TellsLineage().get_openlineage_facets_on_complete(None)
    assert (told.inputs, told.outputs, told.run_facets, told.job_facets) == ([], [], {}, {})


def test_the_provider_is_not_needed():
    """It should let every operator be imported where OpenLineage is not installed."""
    code = (
        "import sys; sys.modules['openlineage'] = sys.modules['airflow.providers.openlineage.extractors'] = None\n"
        "from switchyard.operators.federated.apply import ApplyWindowOperator as one\n"
        "assert callable(one.get_openlineage_facets_on_complete)\n"
    )
    made = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(REPOSITORY / "plugins"), "PATH": "/usr/bin", "AIRFLOW_HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
