from tests.support.dms import refused

CATALOG = {"CatalogName": "AwsDataCatalog"}


def test_tables_are_described_by_the_api(orders):
    """It should tell columns, keys and where the data are, and not know what is not there."""
    asked = CATALOG | {"DatabaseName": "shop"}
    table = orders.athena.get_table_metadata(**asked, TableName="orders")["TableMetadata"]
    assert (table["Name"], table["TableType"]) == ("orders", "EXTERNAL_TABLE")
    assert table["Columns"][0] == {"Name": "id", "Type": "int"}
    assert table["PartitionKeys"] == [{"Name": "day", "Type": "date"}]
    assert table["Parameters"]["location"] == "s3://data/orders/"
    message = refused("MetadataException", orders.athena.get_table_metadata, **asked, TableName="nope")
    assert "EntityNotFoundException" in message
    orders.run("CREATE VIEW ann AS SELECT id FROM orders")
    pages = orders.athena.get_paginator("list_table_metadata").paginate(**asked, MaxResults=1)
    assert [one["Name"] for page in pages for one in page["TableMetadataList"]] == ["ann", "orders"]


def test_databases_are_listed_by_the_api(lake):
    """It should list Glue's databases and the one that is always there."""
    listed = lake.athena.list_databases(**CATALOG)["DatabaseList"]
    assert [one["Name"] for one in listed] == ["default", "shop"]
    found = lake.athena.get_database(**CATALOG, DatabaseName="shop")["Database"]
    assert found["Name"] == "shop"
    message = refused("MetadataException", lake.athena.get_database, **CATALOG, DatabaseName="nope")
    assert "Database nope not found." in message
