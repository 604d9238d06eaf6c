import re
from pathlib import Path

import pytest

from sandbox.sql.errors import SqlError
from sandbox.sql.function_names import ELSEWHERE, KNOWN

LINES = [
    line
    for line in Path(__file__).with_name("results.txt").read_text().splitlines()
    if line and not line.startswith("#")
]
WITHOUT_PARENTHESES = {"current_date", "current_timestamp", "localtimestamp"}


def expected(line):
    expression, _, rest = line.partition(" => ")
    result, _, types = rest.rpartition(" :: ")
    return expression, result, types


def test_results_are_those_of_trino(lake):
    """It should give each expression the value, the text and the type that Trino gives it."""
    different = []
    for line in LINES:
        expression, result, types = expected(line)
        try:
            rows = lake.rows(f"select {expression}")
            got = "; ".join(",".join("∅" if one is None else one for one in row) for row in rows)
            kinds = ",".join(kind for _, kind in lake.types(f"select {expression}"))
        except SqlError as error:
            got, kinds = str(error), ""
        if (got, kinds) != (result, types):
            different.append(f"{expression}: {got} :: {kinds}, not {result} :: {types}")
    assert different == []


def test_every_function_has_a_result():
    """It should know no function whose result is not compared with Trino's."""
    called = {name for line in LINES for name in re.findall(r"(\w+)\s*\(", expected(line)[0].lower())}
    assert not KNOWN & ELSEWHERE
    assert KNOWN - called - WITHOUT_PARENTHESES == {"unnest"}


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("1 / 0", "DIVISION_BY_ZERO"),
        ("5 % 0", "DIVISION_BY_ZERO"),
        ("array[1, 2][3]", "INVALID_FUNCTION_ARGUMENT: .* must be less than or equal to array length: 3 > 2"),
        ("array[1, 2][0]", "INVALID_FUNCTION_ARGUMENT: SQL array indices start at 1"),
        ("map(array['a'], array[1])['b']", "INVALID_FUNCTION_ARGUMENT: Key not present in map: b"),
        ("cast('x' as bigint)", "INVALID_CAST_ARGUMENT"),
        ("cast(array[1] as varchar)", r"TYPE_MISMATCH: .*Cannot cast array\(integer\) to varchar"),
        ("1 = '1'", r"TYPE_MISMATCH: .*Cannot apply operator: integer = varchar\(1\)"),
        ("date '2026-01-01' > '2026-01-01'", r"TYPE_MISMATCH: .*Cannot apply operator: date > varchar\(10\)"),
        ("1 in (1, 'a')", "TYPE_MISMATCH: .*IN value and list items must be the same type"),
        ("1 between 0 and 'a'", "TYPE_MISMATCH"),
        ("list_transform(array[1], x -> x)", r"FUNCTION_NOT_FOUND: line 1:8: Function 'list_transform' not registered"),
        ("1,\n  generate_series(1, 2)", r"FUNCTION_NOT_FOUND: line 2:3: Function 'generate_series' not registered"),
        ("checksum(1)", "NOT_SUPPORTED: the sandbox does not have the function checksum"),
        ("strftime(date '2026-01-01', '%Y')", "FUNCTION_NOT_FOUND"),
        ("* from read_csv('/etc/passwd')", "FUNCTION_NOT_FOUND"),
        ("regexp_like('a', '(?=a)')", "NOT_SUPPORTED"),
        ("current_timestamp at time zone 'Europe/Berlin'", "NOT_SUPPORTED: the sandbox knows the time zone UTC only"),
        ("format_datetime(date '2026-01-02', 'EEE, d')", "NOT_SUPPORTED: the sandbox does not know d"),
    ],
)  # fmt: skip
def test_errors_have_names(lake, expression, message):
    """It should fail as Trino does where DuckDB would answer, and say so where only the sandbox cannot."""
    with pytest.raises(SqlError, match=message):
        lake.rows(f"select {expression}")
