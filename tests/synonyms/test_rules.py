"""The columns that rows are read from."""

import pytest

from switchyard.errors import BadInput
from switchyard.synonyms.rules import (
    SourceRow,
    Unreadable,
    rows_from_records,
    rows_from_tuples,
    similar_column,
)


def read(columns, *tuples):
    return list(rows_from_tuples(columns, tuples))


@pytest.mark.parametrize(
    "columns",
    [
        ("SynID", "Base_Term", "Synonym_1", "Synonym_2"),
        ("syn_id", "base_term", "synonym_1", "synonym_2"),
        ("row_id", "term_1", "term_2", "term_3"),
        ("ID", "Base Term", "Synonym 1", "synonym-2"),
        ("\ufeffSynID", " Base_Term ", "SYNONYM_01", "Synonym_02"),
    ],
)
def test_columns_of_the_article(columns):
    """It should know the article's columns however they are spelled, and the same ones by their own names."""
    (row,) = read(columns, (7, "danish", None, "pastry"))
    assert row == SourceRow("7", "equivalent", ("danish", None, "pastry"))


def test_terms_stand_in_the_order_of_their_numbers():
    """It should order terms by number and not by place, and need neither all numbers nor neighbours."""
    columns = ("term_10", "kind", "term_2", "target_1", "term_1")
    (row,) = read(columns, ("c", "replace", "b", "x", "a"))
    assert row == SourceRow("line 1", "replace", ("a", "b", "c"), ("x",))


def test_one_column_of_terms():
    """It should read rules whose sides have one term each."""
    assert read(("kind", "term_1", "target_1"), ("one_way", "ipad", "tablet")) == [
        SourceRow("line 1", "one_way", ("ipad",), ("tablet",))
    ]


@pytest.mark.parametrize(
    ("terms", "read_as"),
    [
        ('["danish", "croissant"]', ["danish", "croissant"]),
        (["danish", "croissant"], ["danish", "croissant"]),
        (' ["danish", null, 5] ', ["danish", None, 5]),
        ("[]", []),
        ("", ()),
        ("  ", ()),
        (None, ()),
    ],
)
def test_list_of_terms(terms, read_as):
    """It should read a JSON array as text or as the driver has read it already."""
    assert read(("row_id", "terms"), (1, terms))[0].left == read_as


@pytest.mark.parametrize(
    "terms", ["danish, croissant", '{"a": 1}', '"danish"', "5", {"a": 1}, 5, "[" * 100_000]
)
def test_list_that_is_none(terms):
    """It should keep the row, and say in place of its terms what could not be read."""
    (unreadable,) = read(("row_id", "terms"), (1, terms))[0].left
    assert isinstance(unreadable, Unreadable)
    assert (unreadable.code, unreadable.reason[:9]) == ("BAD_LIST", "it reads ")
    assert unreadable.reason[10:].startswith(str(terms)[:5])


@pytest.mark.parametrize(
    ("kind", "read_as"),
    [(None, "equivalent"), ("", "equivalent"), ("One Way", "one_way"), ("synonym", "synonym")],
)
def test_kinds(kind, read_as):
    """It should take a kind in the ways people write it, and nothing for equivalent."""
    assert read(("kind", "term_1"), (kind, "danish"))[0].kind == read_as


def test_row_without_an_id_is_known_by_its_place():
    """It should number rows without an id, whether the column is missing or empty, over many rows."""
    rows = read(
        ("row_id", "term_1"), *((None if number % 3 else "", f"t{number}") for number in range(2_500))
    )
    assert [row.row_id for row in rows] == [f"line {number}" for number in range(1, 2_501)]
    assert [row.row_id for row in read(("row_id", "term_1"), (0, "a"), (None, "b"))] == ["0", "line 2"]
    assert [row.row_id for row in read(("row_id", "term_1"), (7, "a"), ("", "b"))] == ["7", "line 2"]


def test_locale_and_switch_are_passed_on():
    """It should pass on what the other columns hold, for the compiler to judge."""
    columns = ("row_id", "locale", "enabled", "term_1", "term_2")
    assert read(columns, (1, "de", b"\x00", "a", "b")) == [
        SourceRow("1", "equivalent", ("a", "b"), (), "de", b"\x00")
    ]


def test_records_have_the_columns_of_the_first():
    """It should read mappings by name, in whatever order their columns are."""
    records = [{"row_id": 1, "term_1": "a", "term_2": "b"}, {"term_2": "d", "row_id": 2, "term_1": "c"}]
    assert [(row.row_id, row.left) for row in rows_from_records(records)] == [
        ("1", ("a", "b")),
        ("2", ("c", "d")),
    ]
    assert list(rows_from_records([])) == []


def test_rows_are_read_as_they_come():
    """It should hand on the first rows long before the last one is there."""

    def endless():
        number = 0
        while True:
            number += 1
            yield (number, "a", "b")

    rows = rows_from_tuples(("row_id", "term_1", "term_2"), endless())
    assert next(rows).row_id == "1"


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        (
            ("row_id", "kind"),
            "columns is 'row_id, kind': there are no terms among them. Columns are row_id, kind, ",
        ),
        (("row_id", "target_1"), "there are no terms among them"),
        (("row_id", "term_1", "term_x"), "column is 'term_x': it is no column of synonyms. Columns are"),
        (("row_id", "term_1", "comment"), "column is 'comment': it is no column of synonyms"),
        (("SynID", "row_id", "term_1"), "column is 'row_id': it is the same as SynID. Drop one of them"),
        (("term_2", "Synonym_1"), "column is 'Synonym_1': it is the same as term_2. Drop one of them"),
        (
            ("terms", "row_id", "term_1"),
            "columns is 'terms, term_1': both are given. Keep one of the two forms",
        ),
        (("term_1", "targets", "target_2"), "columns is 'targets, target_2': both are given"),
    ],
)
def test_wrong_columns(columns, says):
    """It should refuse columns that it would have to guess about, and name those it knows."""
    with pytest.raises(BadInput, match=f"^{says}" if says.startswith("column") else says):
        read(columns, ())


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Synonim 3", "synonym_3"),
        ("SynonymID", "synonym_1"),
        ("Base Tearm", "base_term"),
        ("trem-12", "term_12"),
        ("targt 4", "target_4"),
        ("\ufeffEnabld ", "enabled"),
        ("Locales", "locale"),
        ("comment", None),
        ("terminal", None),
        ("", None),
    ],
)
def test_misspelt_column_is_recognised(name, meant):
    """It should name the known column that is meant, with its number, and none where none is near."""
    assert similar_column(name) == meant
