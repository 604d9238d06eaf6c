"""Types as configuration writes them."""

import pytest

from switchyard.errors import BadInput
from switchyard.federated.column_types import parse


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("INT", "integer"),
        ("int8", "bigint"),
        ("numeric(7, 2)", "decimal(7,2)"),
        ("decimal(5)", "decimal(5,0)"),
        ("character varying( 50 )", "varchar(50)"),
        ("character(1)", "char(1)"),
        ("Double  Precision", "double precision"),
        ("timestamp without time zone", "timestamp"),
        ("timestamp with time zone", "timestamptz"),
        ("bool", "boolean"),
    ],
)
def test_every_spelling_is_one_type(written, canonical):
    """It should know Redshift's own spellings, and write one."""
    assert str(parse(written)) == canonical
    assert parse(canonical) == parse(written)


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("", "it is no column type"),
        ("bigint; DROP TABLE x", "it is no column type"),
        ("varchar(10))", "it is no column type"),
        ("varchar(1'0)", "it is no column type"),
        ("varchar(٣)", "it is no column type"),
        ("varchar", "it has no length"),
        ("varchar(10,2)", "it has no length"),
        ("varchar(0)", "1 to 65535 bytes"),
        ("char(4097)", "1 to 4096 bytes"),
        ("decimal", "it has no precision"),
        ("decimal(39,2)", "1 to 38 digits"),
        ("decimal(38,38)", "at most 37 are decimals"),
        ("integer(4)", "no column type that a load can have"),
        ("geometry", "no column type that a load can have"),
    ],
)
def test_other_texts_are_refused(written, problem):
    """It should take nothing for a type that could be more than one."""
    with pytest.raises(BadInput, match=problem):
        parse(written)
