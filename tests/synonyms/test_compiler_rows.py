"""Which rows the compiler takes, how it names them, and how many it holds."""

import hashlib
import weakref

import pytest

from switchyard.synonyms.rules import SourceRow


def rows_with(**columns):
    """A row with these columns, beside one that always counts."""
    return [
        SourceRow("1", "equivalent", ("danish", "croissant")),
        SourceRow("2", "equivalent", ("ipod", "i-pod"))._replace(**columns),
    ]


@pytest.mark.parametrize("yes", [True, None, "", 1, "1", "TRUE", "t", "yes", "Y", " on ", b"\x01", b""])
def test_rows_that_count(yes, compiled):
    """It should take a row that is switched on in any of the ways in which databases and people say so."""
    made, lines = compiled(rows_with(enabled=yes))
    assert len(lines) == (2 if yes != b"" else 1)
    assert made.report.totals == ({} if yes != b"" else {"UNKNOWN_FLAG": 1})
    assert made.report.skipped == 0


@pytest.mark.parametrize("no", [False, 0, "0", "false", "F", "no", "n", " OFF", b"\x00"])
def test_rows_that_do_not_count(no, compiled):
    """It should leave out a row that is switched off, and count it."""
    made, lines = compiled(rows_with(enabled=no))
    assert (len(lines), made.report.skipped, made.report.totals) == (1, 1, {})
    assert (made.report.rows, made.report.rules) == (2, 1)


@pytest.mark.parametrize(
    ("unclear", "shown"), [("maybe", "maybe"), (2, "2"), (b"\x02", r"b'\x02'"), (b"no", "b'no'")]
)
def test_unclear_switch_is_told(unclear, shown, compiled):
    """It should ask about a switch that says neither, with the row and the value."""
    made, lines = compiled(rows_with(enabled=unclear))
    (finding,) = made.report.findings
    assert (finding.code, finding.row_id, len(lines)) == ("UNKNOWN_FLAG", "2", 1)
    assert finding.reason == f'enabled is "{shown}"'


@pytest.mark.parametrize(
    ("locale", "wanted", "taken"),
    [
        ("de", None, True),
        ("de", "de", True),
        (" de_AT", "de-at", True),
        ("de-AT", "DE_at ", True),
        (None, "de", True),
        ("  ", "de", True),
        ("fr", "de", False),
        ("none", "de", False),
    ],
)
@pytest.mark.parametrize("enabled", [True, "yes"])
def test_rows_of_a_locale(locale, wanted, taken, enabled, compiled):
    """It should take rows of the locale and of none, and every row where no locale is asked for."""
    made, lines = compiled(rows_with(locale=locale, enabled=enabled), locale=wanted)
    assert (len(lines), made.report.skipped) == ((2, 0) if taken else (1, 1))


@pytest.mark.parametrize(
    ("row_id", "named"),
    [("a\nb\tc", "a<line break>b<tab>c"), ('"quoted"', '"quoted"'), ("x" * 99, "x" * 99), ("5", "5")],
)
def test_row_is_named_on_one_line(row_id, named, compiled):
    """It should name a faulty row by its id as it is, and make visible what cannot be printed."""
    made, _ = compiled([SourceRow(row_id, "equivalent", ("danish", "$$$"))])
    (finding,) = made.report.findings
    assert finding.row_id == named


def test_rows_are_held_a_few_at_a_time(compiled, tmp_path):
    """It should let rows go long before the last one is read, work in its own folder, and write all of them."""

    class Terms(list):
        """A list that can be watched."""

        __hash__ = object.__hash__

    alive, most, folders = weakref.WeakSet(), [], set()

    def rows():
        for number in range(6_001):
            terms = Terms([f"base {number}", f"other {number}"])
            alive.add(terms)
            most.append(len(alive))
            folders.update(path.name[:8] for path in tmp_path.iterdir())
            yield SourceRow(str(number), "equivalent", terms)

    made, lines = compiled(rows())
    assert max(most) < 5_000
    assert folders == {"compile-"}, "what is left by a kill tells whose it is"
    assert len(lines) == 6_001
    assert (made.rules, made.size) == (6_001, made.path.stat().st_size)
    assert made.sha256 == hashlib.sha256(made.path.read_bytes()).hexdigest()
