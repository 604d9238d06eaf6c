from datetime import date, datetime, time
from decimal import Decimal

import pyarrow as pa
import pytest

from tests.support.dms import include

# ruff: noqa: DTZ001 - the databases keep times without a zone

EXOTIC = "SET sql_mode = ''"
MYSQL = [
    ("TINYINT(1)", "1", pa.int8(), 1),
    ("TINYINT UNSIGNED", "255", pa.uint8(), 255),
    ("SMALLINT", "-32768", pa.int16(), -32768),
    ("SMALLINT UNSIGNED", "65535", pa.uint16(), 65535),
    ("MEDIUMINT", "-8388608", pa.int32(), -8388608),
    ("INT UNSIGNED", "4294967295", pa.uint32(), 4294967295),
    ("BIGINT", "-9223372036854775808", pa.int64(), -9223372036854775808),
    ("BIGINT UNSIGNED", "18446744073709551615", pa.uint64(), 18446744073709551615),
    ("DECIMAL(38,10)", "-1234567890.0123456789", pa.decimal128(38, 10), Decimal("-1234567890.0123456789")),
    ("DECIMAL(65,30)", "1.5", pa.string(), "1.500000000000000000000000000000"),
    ("FLOAT", "1.5", pa.float64(), 1.5),
    ("DOUBLE", "0.1", pa.float64(), 0.1),
    ("BIT(1)", "b'1'", pa.bool_(), True),
    ("BIT(8)", "b'10101010'", pa.binary(), b"\xaa"),
    ("YEAR", "2020", pa.int16(), 2020),
    ("YEAR", "0", pa.int16(), 0),
    ("DATE", "'2020-02-29'", pa.date32(), date(2020, 2, 29)),
    ("DATE", "'0000-00-00'", pa.date32(), None),
    ("DATETIME", "'2020-01-01 10:00:00.7'", pa.timestamp("us"), datetime(2020, 1, 1, 10)),
    (
        "DATETIME(6)",
        "'2020-01-01 10:00:00.123456'",
        pa.timestamp("us"),
        datetime(2020, 1, 1, 10, 0, 0, 123456),
    ),
    ("DATETIME", "'0000-00-00 00:00:00'", pa.timestamp("us"), None),
    ("TIMESTAMP NULL", "'2020-01-01 10:00:00'", pa.timestamp("us"), datetime(2020, 1, 1, 8)),
    ("TIME", "'-838:59:59'", pa.string(), "-838:59:59"),
    ("CHAR(5)", "'é😀'", pa.string(), "é😀"),
    ("VARCHAR(5) COLLATE utf8mb4_bin", "'é😀'", pa.string(), "é😀"),
    ("TEXT CHARACTER SET latin1", "'é'", pa.string(), "é"),
    ("LONGTEXT", "'long'", pa.string(), "long"),
    ("JSON", "'{\"é\": 1}'", pa.string(), '{"é": 1}'),
    ("ENUM('x','y')", "'y'", pa.string(), "y"),
    ("SET('a','b')", "'a,b'", pa.string(), "a,b"),
    ("BINARY(2)", "x'00ff'", pa.binary(), b"\x00\xff"),
    ("VARBINARY(5)", "x'ff'", pa.binary(), b"\xff"),
    ("BLOB", "x'fe'", pa.binary(), b"\xfe"),
    ("MEDIUMBLOB", "x'fd'", pa.binary(), b"\xfd"),
    (
        "GEOMETRY",
        "ST_GeomFromText('POINT(1 2)')",
        pa.binary(),
        bytes.fromhex("0101000000000000000000f03f0000000000000040"),
    ),
    ("UUID", "'00000000-0000-0000-0000-00000000000a'", pa.string(), "00000000-0000-0000-0000-00000000000a"),
]
POSTGRES = [
    ("SMALLINT", "-32768", pa.int16(), -32768),
    ("INTEGER", "-2147483648", pa.int32(), -2147483648),
    ("BIGSERIAL", "9223372036854775807", pa.int64(), 9223372036854775807),
    ("NUMERIC(38,10)", "-1234567890.0123456789", pa.decimal128(38, 10), Decimal("-1234567890.0123456789")),
    ("NUMERIC", "1.5", pa.decimal128(28, 6), Decimal("1.500000")),
    ("NUMERIC(50,2)", "1.5", pa.string(), "1.50"),
    ("MONEY", "'12.34'", pa.decimal128(38, 4), Decimal("12.3400")),
    ("REAL", "1.5", pa.float32(), 1.5),
    ("DOUBLE PRECISION", "0.1", pa.float64(), 0.1),
    ("BOOLEAN", "true", pa.string(), "true"),
    ("CHAR(3)", "'ab'", pa.string(), "ab"),
    ("VARCHAR(5)", "'é😀'", pa.string(), "é😀"),
    ("TEXT", "'long'", pa.string(), "long"),
    ("BYTEA", "'\\x00ff'", pa.binary(), b"\x00\xff"),
    ("DATE", "'2020-02-29'", pa.date32(), date(2020, 2, 29)),
    ("DATE", "'infinity'", pa.date32(), date(9999, 12, 31)),
    ("TIME", "'10:11:12.123'", pa.time32("ms"), time(10, 11, 12, 123000)),
    ("TIMESTAMP", "'2020-01-01 10:00:00.123456'", pa.timestamp("us"), datetime(2020, 1, 1, 10, 0, 0, 123456)),
    ("TIMESTAMP", "'infinity'", pa.timestamp("us"), datetime(9999, 12, 31, 23, 59, 59)),
    ("TIMESTAMPTZ", "'2020-01-01 10:00:00+02'", pa.timestamp("us"), datetime(2020, 1, 1, 8)),
    ("INTERVAL", "'1 year 2 days'", pa.string(), "1 year 2 days"),
    ("UUID", "'00000000-0000-0000-0000-00000000000a'", pa.string(), "00000000-0000-0000-0000-00000000000a"),
    ("INET", "'10.0.0.1/8'", pa.string(), "10.0.0.1/8"),
    ("JSONB", "'{\"a\": 1}'", pa.string(), '{"a": 1}'),
    ("INT[]", "'{1,2}'", pa.string(), "{1,2}"),
    ("INT4RANGE", "'[1,3)'", pa.string(), "[1,3)"),
    ("BIT(3)", "B'101'", pa.string(), "101"),
    ("POINT", "'(1,2)'", pa.string(), "(1,2)"),
    ("XML", "'<a/>'", pa.string(), "<a/>"),
    ("mood", "'ok'", pa.string(), "ok"),
    ("positive", "7", pa.int32(), 7),
]


@pytest.mark.parametrize("milliseconds", [False, True])
def test_mysql_types(migration, mysql, milliseconds):
    """It should give every type of MySQL its documented type in Parquet, and lose no value."""
    columns = ", ".join(f"c{number} {kind}" for number, (kind, *_) in enumerate(MYSQL))
    values = ", ".join(value for _, value, *_ in MYSQL)
    mysql.do(
        EXOTIC,
        "SET time_zone = '+02:00'",
        f"CREATE TABLE every (id INT, {columns})",
        f"INSERT INTO every VALUES (1, {values})",
        "INSERT INTO every (id) VALUES (2)",
    )
    target = migration.target(ParquetTimestampInMillisecond=milliseconds)
    task = migration.task(migration.source(mysql), target=target)
    ended = migration.run(task)
    check(migration, task, ended, "shop/every", MYSQL, milliseconds)


def test_postgres_types(migration, postgres):
    """It should give every type of PostgreSQL its documented type in Parquet, and lose no value."""
    columns = ", ".join(f"c{number} {kind}" for number, (kind, *_) in enumerate(POSTGRES))
    values = ", ".join(value for _, value, *_ in POSTGRES)
    postgres.do(
        "CREATE TYPE mood AS ENUM ('ok')",
        "CREATE DOMAIN positive AS INT CHECK (VALUE > 0)",
        f"CREATE TABLE every (id INT, {columns})",
        f"INSERT INTO every VALUES (1, {values})",
        "INSERT INTO every (id, c2) VALUES (2, 0)",
    )
    task = migration.task(migration.source(postgres), include(schema="public"))
    ended = migration.run(task)
    check(migration, task, ended, "public/every", POSTGRES, milliseconds=False)


def check(migration, task, ended, folder, expected, milliseconds):
    assert migration.states(task) == {"every": ("Table completed", 2)}, ended
    table = migration.file(f"{folder}/LOAD00000001.parquet").read()
    found = {name: table.schema.field(name).type for name in table.column_names if name != "id"}
    types = {f"c{number}": kind for number, (_, _, kind, _) in enumerate(expected)}
    if milliseconds:
        types = {
            name: pa.timestamp("ms") if kind == pa.timestamp("us") else kind for name, kind in types.items()
        }
    assert found == types
    full, empty = sorted(table.to_pylist(), key=lambda row: row["id"])
    for number, (kind, _, _, value) in enumerate(expected):
        wanted = (
            value.replace(microsecond=value.microsecond // 1000 * 1000) if cut(value, milliseconds) else value
        )
        assert full[f"c{number}"] == wanted, kind
    filled = {name for name, value in empty.items() if value is not None}
    assert filled <= {"id", "c2"}


def cut(value, milliseconds):
    return milliseconds and isinstance(value, datetime)
