"""UNLOAD as it is written."""

import pytest

from sandbox.warehouse.errors import RedshiftError
from sandbox.warehouse.lake.unload_options import read_unload

ROLE = "IAM_ROLE default"


def read(options, query="'SELECT 1'"):
    return read_unload(f"UNLOAD ({query}) TO 's3://lake/x/' {ROLE} {options}")


def test_doubled_quotes_and_dollars_hold_the_same_query():
    """It should read a query between quotes, doubled ones within, or between dollar signs."""
    assert read("", "'SELECT ''a'''").query == read("", "$$SELECT 'a'$$").query == "SELECT 'a'"


def test_all_options():
    """It should keep what the options say."""
    found = read(
        "FORMAT AS PARQUET PARTITION BY (Y, m) INCLUDE MANIFEST VERBOSE CLEANPATH MAXFILESIZE 1 GB PARALLEL OFF"
    )
    assert (found.format, found.keys, found.include, found.manifest, found.verbose) == (
        "parquet", ("y", "m"), True, True, True,
    )  # fmt: skip
    assert (found.clean_path, found.size, found.parallel, found.suffix) == (True, 1 << 30, False, ".parquet")


def test_text_has_its_own_delimiters():
    """It should part fields by pipes, in CSV by commas, or as it is said."""
    assert [read(one).between for one in ("", "CSV", "DELIMITER AS '\\t'")] == ["|", ",", "\t"]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ("CLEANPATH ALLOWOVERWRITE", "CLEANPATH is not supported with ALLOWOVERWRITE"),
        ("PARQUET GZIP", "GZIP is not supported with PARQUET"),
        ("PARQUET HEADER", "HEADER is not supported with PARQUET"),
        ("PARQUET DELIMITER ','", "DELIMITER is not supported with PARQUET"),
        ("JSON ADDQUOTES", "ADDQUOTES is not supported with JSON"),
        ("MAXFILESIZE 4 MB", "between 5 MB and 6.2 GB"),
        ("MAXFILESIZE 7 GB", "between 5 MB and 6.2 GB"),
        ("KMS_KEY_ID 'k'", "only with ENCRYPTED"),
        ("VERBOSE", 'syntax error at or near "VERBOSE"'),
        ("ACCESS_KEY_ID 'x'", "name an IAM role"),
    ],
)
def test_options_that_do_not_go_together(options, problem):
    """It should refuse them before anything is run."""
    with pytest.raises(RedshiftError, match=problem):
        read(options)


def test_authorization_is_needed():
    """It should refuse to write as nobody."""
    with pytest.raises(RedshiftError, match="requires authorization"):
        read_unload("UNLOAD ('SELECT 1') TO 's3://lake/x/' PARQUET")
