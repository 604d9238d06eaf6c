"""Customers of the past in the lake: a table of the Glue catalogue over one file of Parquet."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from sandbox import duckdb_extensions
from sandbox.seed import tpcds
from sandbox.seed.tpcds.rows import DELIMITER, NULL, QUOTE, Rows
from sandbox.seed.worlds.place import Place, found

TABLE = "customer_archive"
FOLDER = "archive/customer/"
FIRST_KEY = 1_000_000
"""Keys of these customers are greater."""

_TYPES = {"BIGINT": "bigint", "INTEGER": "int", "VARCHAR": "string", "TIMESTAMP": "timestamp"}
_SERDE = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
_INPUT = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
_OUTPUT = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"


def make(place: Place, bucket: str, database: str, rows: Rows) -> None:
    """Make file and table where the table is missing."""
    glue = place.client("glue")
    look = lambda: glue.get_table(DatabaseName=database, Name=TABLE)  # noqa: E731
    if found(look, "EntityNotFoundException") is not None:
        return
    content, columns = _parquet(rows)
    place.client("s3").put_object(Bucket=bucket, Key=f"{FOLDER}customers.parquet", Body=content)
    glue.create_table(
        DatabaseName=database,
        TableInput={
            "Name": TABLE,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"EXTERNAL": "TRUE", "classification": "parquet"},
            "StorageDescriptor": {
                "Columns": [{"Name": name, "Type": kind} for name, kind in columns],
                "Location": f"s3://{bucket}/{FOLDER}",
                "InputFormat": _INPUT,
                "OutputFormat": _OUTPUT,
                "SerdeInfo": {"SerializationLibrary": _SERDE},
            },
        },
    )
    place.note(f"table {TABLE} of the lake")


def _parquet(rows: Rows) -> tuple[bytes, list[tuple[str, str]]]:
    """The file, and its columns with their types in Hive."""
    query = Path(tpcds.__file__).with_name("archive.sql").read_text()
    options = {"file": str(rows.file("customer")), "delimiter": DELIMITER, "quote": QUOTE, "null": NULL}
    with (
        closing(duckdb_extensions.connect()) as connection,
        TemporaryDirectory(prefix="switchyard-archive-") as folder,
    ):
        archived = connection.sql(query, params=options)
        columns = [
            (name, _TYPES[str(kind)]) for name, kind in zip(archived.columns, archived.types, strict=True)
        ]
        file = Path(folder) / "customers.parquet"
        archived.write_parquet(str(file))
        return file.read_bytes(), columns
