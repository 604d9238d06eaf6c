"""Formats of tables: the classes that Hive names for each, and how a statement spells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Format:
    """A format's classes for reading, for writing, and between bytes and rows."""

    name: str
    serde: str
    reads: str = "org.apache.hadoop.mapred.TextInputFormat"
    writes: str = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"


PARQUET = Format(
    "parquet",
    "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
    "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
)
TEXT = Format("text", "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe")
JSON = Format("json", "org.apache.hive.hcatalog.data.JsonSerDe")
OPENX_JSON = Format("json", "org.openx.data.jsonserde.JsonSerDe")
CSV = Format("csv", "org.apache.hadoop.hive.serde2.OpenCSVSerde")
ORC = Format(
    "orc",
    "org.apache.hadoop.hive.ql.io.orc.OrcSerde",
    "org.apache.hadoop.hive.ql.io.orc.OrcInputFormat",
    "org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat",
)
AVRO = Format(
    "avro",
    "org.apache.hadoop.hive.serde2.avro.AvroSerDe",
    "org.apache.hadoop.hive.ql.io.avro.AvroContainerInputFormat",
    "org.apache.hadoop.hive.ql.io.avro.AvroContainerOutputFormat",
)
STORED_AS: Mapping[str, Format] = {
    "PARQUET": PARQUET, "TEXTFILE": TEXT, "JSONFILE": JSON, "JSON": JSON, "ORC": ORC, "AVRO": AVRO,
}  # fmt: skip
"""Formats by what stands behind STORED AS, and in the property `format` of CREATE TABLE AS."""
BY_SERDE: Mapping[str, Format] = {
    one.serde.lower(): one for one in (PARQUET, TEXT, JSON, OPENX_JSON, CSV, ORC, AVRO)
}
INSERTABLE = {PARQUET.serde.lower(), TEXT.serde.lower(), JSON.serde.lower()}
"""The classes whose tables the sandbox can add rows to.
Source: https://docs.aws.amazon.com/athena/latest/ug/insert-into.html#insert-into-supported-formats
"""
