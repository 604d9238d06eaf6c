import pytest

from tests.support.athena import Lake
from tests.support.dms import refused

TABLE = {
    "StorageDescriptor": {
        "Columns": [{"Name": "N", "Type": "int"}],
        "Location": "s3://data/t/",
        "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
    },
    "PartitionKeys": [{"Name": "day", "Type": "string"}],
    "TableType": "EXTERNAL_TABLE",
}


@pytest.fixture
def lake(sandbox):
    return Lake(sandbox)


def test_names_are_kept_in_lower_case(lake):
    """It should store names in lower case and find them in any."""
    lake.glue.create_table(DatabaseName="SHOP", TableInput=TABLE | {"Name": "Orders"})
    assert lake.glue.get_table(DatabaseName="Shop", Name="ORDERS")["Table"]["Name"] == "orders"
    again = TABLE | {"Name": "ORDERS"}
    refused("AlreadyExistsException", lake.glue.create_table, DatabaseName="shop", TableInput=again)
    assert lake.rows("SELECT count(*) FROM orders") == [("0",)]
    lake.glue.delete_table(DatabaseName="SHOP", Name="Orders")
    assert lake.printed("SHOW TABLES") == []


def test_lists_come_in_pages(lake):
    """It should give as many as asked for, and the rest behind a token that it has given."""
    for name in ("a", "b", "c"):
        lake.glue.create_table(DatabaseName="shop", TableInput=TABLE | {"Name": name})
    pages = lake.glue.get_paginator("get_tables").paginate(
        DatabaseName="shop", PaginationConfig={"PageSize": 2}
    )
    assert [[one["Name"] for one in page["TableList"]] for page in pages] == [["a", "b"], ["c"]]
    refused("InvalidInputException", lake.glue.get_tables, DatabaseName="shop", NextToken="nonsense")


def test_partition_has_a_value_for_each_key(lake):
    """It should refuse a partition with too many or too few values."""
    lake.glue.create_table(DatabaseName="shop", TableInput=TABLE | {"Name": "t"})
    descriptor = TABLE["StorageDescriptor"]
    for values in (["1", "2"], []):
        message = refused(
            "InvalidInputException",
            lake.glue.create_partition,
            DatabaseName="shop",
            TableName="t",
            PartitionInput={"Values": values, "StorageDescriptor": descriptor},
        )
        assert message == "The number of partition keys do not match the number of partition values"
