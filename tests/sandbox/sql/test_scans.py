import pyarrow as pa
import pytest

from sandbox.sql.catalogue import DEFAULT_PARTITION
from sandbox.sql.errors import NotSupported, SqlError
from sandbox.sql.lake import Covered


def test_keys_of_json_are_read_in_any_case(lake):
    """It should read keys whose case changes from line to line, far into an object, and leave values alone."""
    lines = [f'{{"Id": {number}, "note": "iD"}}\n' for number in range(200_000)]
    lines[150_000] = '{"ID": 150000, "NOTE": "\\"id\\": 1"}\n'
    lake.put("t/1", "".join(lines))
    lake.add("t", "id bigint; note string", format="json")
    assert lake.rows("select count(id), sum(id) from t") == [("200000", str(sum(range(200_000))))]
    assert lake.rows("select note from t where id in (150000, 150001) order by id") == [('"id": 1',), ("iD",)]


def test_fields_may_be_read_from_other_keys(lake):
    """It should follow the mapping of a table's serde."""
    lake.put("t/1", '{"detail-type": "Macie Finding"}\n')
    lake.add("t", "detail_type string", format="json", serde={"mapping.detail_type": "detail-type"})
    assert lake.rows("select detail_type from t") == [("Macie Finding",)]


def test_partitions_have_any_value(lake):
    """It should give rows the value that their partition is registered with, whatever its folder is called."""
    values = ["a/b c", "x=y", "NULL", "50%", DEFAULT_PARTITION]
    for number, _ in enumerate(values):
        lake.put(f"t/folder-{number}/1", pa.table({"n": [number]}))
    partitions = [((value,), f"folder-{number}") for number, value in enumerate(values)]
    lake.add("t", "n bigint", "p string", partitions)
    rows = lake.rows("select n, p from t order by n")
    assert rows == [(str(number), value) for number, value in enumerate(values[:-1])] + [("4", None)]
    assert lake.rows("select n from t where p = 'NULL'") == [("2",)]


def test_parquet_is_read_by_the_names_of_its_columns(lake):
    """It should find columns wherever they stand, in any case, and give null for those that are not there."""
    lake.put("t/1", pa.table({"B": ["x"], "a": [1]}))
    lake.put("t/2", pa.table({"a": [2]}))
    lake.add("t", "a bigint; b string; c double")
    assert lake.rows("select a, b, c from t order by a") == [("1", "x", None), ("2", None, None)]


def test_partition_that_only_a_query_can_name(lake):
    """It should ask for the value of an injected partition."""
    parameters = {"projection.enabled": "true", "projection.run.type": "injected"}
    lake.put("t/run=r1/1", pa.table({"n": [1]}))
    lake.add("t", "n bigint", "run string", parameters=parameters)
    with pytest.raises(
        SqlError, match="CONSTRAINT_VIOLATION: For the injected projected partition column run"
    ):
        lake.rows("select n from t where run > 'r0'")
    assert lake.rows("select n, run from t where run = 'r1'") == [("1", "r1")]


def test_projection_must_be_complete(lake):
    """It should name the key that has no projection."""
    lake.put("t/p=1/1", pa.table({"n": [1]}))
    lake.add("t", "n bigint", "p string", parameters={"projection.enabled": "true"})
    with pytest.raises(SqlError, match=r"INVALID_TABLE_PROPERTY: .* missing projection configuration: \[p\]"):
        lake.rows("select n from t")


def test_format_that_is_not_read(lake):
    """It should say that the sandbox cannot read it."""
    lake.put("t/1", "x")
    lake.add("t", "n bigint", format="orc")
    with pytest.raises(NotSupported, match=r"the sandbox does not read the format of table shop\.t"):
        lake.rows("select n from t")


def test_nothing_of_the_machine_can_be_read(lake):
    """It should reach no file but the objects and its own folder."""
    with pytest.raises(SqlError, match="disabled by configuration"):
        lake.session.execute("SELECT * FROM read_text('/etc/hostname')")


def test_parts_are_counted_once():
    """It should count what is new of each part that is read."""
    covered = Covered()
    assert [covered.add(*part) for part in ((0, 10), (20, 30), (5, 25), (0, 30), (40, 41))] == [
        10,
        10,
        10,
        0,
        1,
    ]
