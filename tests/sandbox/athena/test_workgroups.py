import pytest

from tests.support.athena import RESULTS
from tests.support.dms import refused

PLACE = {"OutputLocation": f"s3://{RESULTS}/audit/"}


@pytest.fixture
def audit(lake):
    """A lake with a workgroup that enforces its own configuration."""
    encryption = {"EncryptionOption": "SSE_S3"}
    configuration = {"ResultConfiguration": PLACE | {"EncryptionConfiguration": encryption}}
    lake.athena.create_work_group(Name="audit", Configuration=configuration, Description="for auditors")
    return lake


def change(lake, **updates):
    lake.athena.update_work_group(WorkGroup="audit", ConfigurationUpdates=updates)


def test_enforced_configuration_stands_above_that_of_a_query(audit):
    """It should put results where the workgroup says and encrypt them as it says, whatever a query asks for."""
    found = audit.run("SELECT 1", WorkGroup="audit")
    assert found["ResultConfiguration"] == {
        "OutputLocation": f"s3://{RESULTS}/audit/{found['QueryExecutionId']}.csv",
        "EncryptionConfiguration": {"EncryptionOption": "SSE_S3"},
    }
    change(audit, EnforceWorkGroupConfiguration=False)
    found = audit.run("SELECT 1", WorkGroup="audit")
    assert found["ResultConfiguration"]["OutputLocation"] == f"s3://{RESULTS}/{found['QueryExecutionId']}.csv"


def test_enforced_location_takes_no_other_for_new_tables(audit):
    """It should refuse a location of one's own for CREATE TABLE AS, and place the table itself."""
    located = "CREATE TABLE t WITH (external_location = 's3://data/t/') AS SELECT 1 AS a"
    assert "enforces a centralized output location" in audit.failed(located, WorkGroup="audit")
    query = audit.run("CREATE TABLE t AS SELECT 1 AS a", WorkGroup="audit")["QueryExecutionId"]
    [key] = audit.keys(f"audit/tables/{query}/", bucket=RESULTS)
    assert audit.parquet(key, bucket=RESULTS) == [{"a": 1}]


def test_query_that_scans_too_much_is_cancelled(audit):
    """It should end a query once it has scanned more bytes than the workgroup allows."""
    change(audit, BytesScannedCutoffPerQuery=10_000_000)
    audit.put("wide/a.json", ('{"text": "' + "x" * 99_980 + '"}\n') * 120)
    audit.run(
        "CREATE EXTERNAL TABLE wide (text string) ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' "
        "LOCATION 's3://data/wide/'",
        WorkGroup="audit",
    )
    found = audit.ended(audit.start("SELECT max(text) FROM wide", WorkGroup="audit"))
    assert found["Status"]["State"] == "CANCELLED"
    assert "Bytes scanned limit was exceeded" in found["Status"]["StateChangeReason"]


def test_workgroup_is_changed_and_disabled(audit):
    """It should change only what is named, and take no query while it is disabled."""
    change(audit, ResultConfigurationUpdates={"RemoveEncryptionConfiguration": True})
    audit.athena.update_work_group(WorkGroup="audit", State="DISABLED", Description="closed")
    group = audit.athena.get_work_group(WorkGroup="audit")["WorkGroup"]
    assert (group["State"], group["Description"]) == ("DISABLED", "closed")
    assert group["Configuration"]["ResultConfiguration"] == PLACE
    assert group["Configuration"]["EnforceWorkGroupConfiguration"] is True
    message = refused("InvalidRequestException", audit.start, "SELECT 1", WorkGroup="audit")
    assert message == "WorkGroup audit is disabled."


def test_workgroups_are_made_once_and_deleted_empty(audit):
    """It should refuse a name in use, an unknown one, and deleting what is in use unless asked to."""
    audit.run("SELECT 1", WorkGroup="audit")
    again = audit.athena.create_work_group
    assert refused("InvalidRequestException", again, Name="audit") == "WorkGroup is already created"
    delete = audit.athena.delete_work_group
    assert refused("InvalidRequestException", delete, WorkGroup="audit") == "WorkGroup audit is not empty"
    message = refused("InvalidRequestException", delete, WorkGroup="primary", RecursiveDeleteOption=True)
    assert message == "The primary workgroup cannot be deleted"
    delete(WorkGroup="audit", RecursiveDeleteOption=True)
    assert [one["Name"] for one in audit.athena.list_work_groups()["WorkGroups"]] == ["primary"]
    message = refused("InvalidRequestException", audit.start, "SELECT 1", WorkGroup="audit")
    assert message == "WorkGroup audit is not found."
