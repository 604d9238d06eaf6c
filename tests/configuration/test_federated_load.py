"""Values that the configuration of a federated load takes, and texts that would be statements."""

from __future__ import annotations

import copy
import json

import pytest
import yaml
from pydantic import ValidationError

from switchyard.configuration.federated_load import FederatedLoad
from switchyard.configuration.loader import load
from switchyard.pipelines import federated_load
from tests.configuration.conftest import EXAMPLES, Files

HOSTILE = [
    "x'; DROP TABLE y; --",
    'x" FROM y; --',
    "x\\",
    "x\ny",
    "\u2018x\u2019",
    "x$$y",
    "x;y",
    "x/*y*/",
    "",
]
SECRET = "arn:aws:secretsmanager:us-west-2:111111111111:secret:"
FULL = {
    "warehouse.secret_arn": f"{SECRET}warehouse-abcdef",
    "schema_admin": {"aws_conn_id": "aws_schemas", "secret_arn": f"{SECRET}schemas-abcdef"},
    "source.endpoint": "instance",
    "source.instance_id": "retail-mysql-1",
    "lake.grants": [{"kind": "user", "name": "mary"}],
    "tables.0.excluded": ["c_other"],
    "tables.0.dist_key": "c_customer_sk",
    "tables.1.renamed": {"ca_city": "ca_town"},
}
"""What the shipped example leaves out."""

ABOUT = ("name", "description", "owner", "tags", "alert", "schedule", "pools", "waits", "aws_conn_id")
"""Fields that no statement is made of."""


def full():
    content = yaml.safe_load(EXAMPLES["federated_load"].read_text(encoding="utf-8")) | {"name": "retail"}
    for place, value in FULL.items():
        put(content, place, value)
    return content


def put(content, place, value):
    *path, last = [int(part) if part.isdigit() else part for part in place.split(".")]
    for part in path:
        content = content[part]
    content[last] = value


def leaves(value, path=""):
    """Places of all texts below a value."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from leaves(one, f"{path}.{name}".removeprefix("."))
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from leaves(one, f"{path}.{number}")
    elif isinstance(value, str):
        yield path


def read(content):
    return FederatedLoad.model_validate_json(json.dumps(content))


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_a_statement(text):
    """It should refuse, in each place that a statement is made of, whatever is more than a name."""
    content = full()
    taken = []
    for place in leaves(content):
        if place.split(".")[0] in ABOUT:
            continue
        broken = copy.deepcopy(content)
        put(broken, place, text)
        try:
            read(broken)
            taken.append(place)
        except ValidationError:
            pass
    assert taken == []


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("field", ["columns", "renamed"])
def test_no_name_of_a_field_is_a_statement(field, text):
    """It should refuse a hostile name of a column just so."""
    content = full()
    content["tables"][1][field] = content["tables"][1][field] | {text: "ca_city"}
    with pytest.raises(ValidationError, match="it is no column name"):
        read(content)


def test_the_full_example_is_valid():
    """It should take every field at once, so that the tests above fail for the hostile text alone."""
    assert read(full()).table("customer_address")["renamed"] == {"ca_city": "ca_town"}
    cluster = full()
    cluster["warehouse"] |= {"workgroup": None, "cluster_id": "main", "db_user": "loader", "secret_arn": None}
    assert read(cluster).warehouse.db_user == "loader"
    for field in ("cluster_id", "db_user"):
        for text in HOSTILE:
            with pytest.raises(ValidationError, match=f"warehouse.{field}"):
                read(cluster | {"warehouse": cluster["warehouse"] | {field: text}})


def test_the_schema_admin_is_somebody_else():
    """It should hand connection and login of the admin to the step that makes schemas, and to no other that sends."""
    pipeline = read(full())
    made, others = federated_load.making_schemas(pipeline, "IAMR:loader"), federated_load.place(pipeline)
    assert (made["aws_conn_id"], made["loader"]) == ("aws_schemas", "IAMR:loader")
    assert made["warehouse"] == others["warehouse"] | {"secret_arn": f"{SECRET}schemas-abcdef"}
    assert made["source"] == others["source"]
    assert others["aws_conn_id"] == "aws_source"
    alone = read(full() | {"schema_admin": None})
    assert federated_load.making_schemas(alone, "IAMR:loader") == others
    assert federated_load.cancelling(pipeline)["other_connections"] == ["aws_schemas"]
    assert federated_load.cancelling(alone)["other_connections"] == []


def test_two_pipelines_share_nothing_that_they_make(tmp_path):
    """It should let a table, a view, a table of the lake and an external schema be made by one pipeline alone."""
    files = Files(tmp_path, "federated_load")
    files.example("first.yaml")
    files.example("second.yaml")
    loaded = load(files.home)
    assert [one.is_contested for one in loaded.instances] == [True, True]
    said = loaded.instances[1].refusal("federated_load")
    first = "by federated_load/first.yaml, too"
    assert f"tables[0].target = 'retail.customer': a table or view of this name is made {first}" in said
    assert (
        f"tables[0].view.name = 'retail.customer_everywhere': a table or view of this name is made {first}"
        in said
    )
    assert f"tables[3].publish.table = 'web_sales': this table is published {first}" in said
    assert f"source.external_schema = 'retail_mysql': this external schema is made {first}" in said


def test_a_view_is_no_target_of_another_pipeline(tmp_path):
    """It should refuse a view by the name of a table that another pipeline makes."""
    files = Files(tmp_path, "federated_load")
    files.example("first.yaml")
    own = {f"tables.{number}.target": f"other.t{number}" for number in range(4)}
    view = {"tables.0.view": {"name": "retail.web_sales"}, "tables.3.publish": None}
    files.example("second.yaml", set=own | view | {"source.external_schema": "other_mysql"})
    of_target, of_view = load(files.home).errors
    assert (of_target.field, of_target.value) == ("tables[3].target", "retail.web_sales")
    assert (of_view.field, of_view.value) == ("tables[0].view.name", "retail.web_sales")
    assert "a table or view of this name is made by federated_load/first.yaml, too" in str(of_view)


def test_no_message_shows_a_password(tmp_path):
    """It should name a field that has no place for a password, and not show what was written there."""
    files = Files(tmp_path, "federated_load")
    files.example(set={"source.password": "hunter2"})
    [error] = load(files.home).errors
    assert error.field == "source.password"
    assert "there is no such field" in str(error)
    assert "hunter2" not in str(error)


def test_one_schema_name_in_two_warehouses_is_two_schemas(tmp_path):
    """It should tell warehouses apart: the shipped pipelines have targets of one schema in two of them."""
    files = Files(tmp_path, "federated_load")
    files.example("first.yaml")
    other = {"warehouse.cluster_id": "switchyard-warehouse", "warehouse.workgroup": None}
    files.example("second.yaml", set=other | {"lake.database": "other_lake"})
    assert load(files.home).errors == ()
