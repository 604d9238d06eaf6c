# ruff: noqa: S311
"""The compiler as a whole: the same bytes from any order, nothing lost on the way to Lucene, little memory."""

import gc
import hashlib
import random
import subprocess
import sys
import textwrap

import pytest

from switchyard.synonyms import plain_rows, sorted_lines, term_index
from switchyard.synonyms.analysis import Chain
from switchyard.synonyms.findings import Findings
from switchyard.synonyms.limits import Limits
from switchyard.synonyms.plain_rows import PlainRows
from switchyard.synonyms.row_checks import RowChecker
from switchyard.synonyms.rules import KINDS, SourceRow
from switchyard.synonyms.text import normalise
from tests.support.synonyms import as_declared

WORDS = [
    "danish", "Danish", "pastry", "ice cream", "ice  cream", "i-pod", "ipod", "c++", "at&t", "AC\\DC", "salt, pepper",
    "a=>b", "#1 dad", "café", "cafe\u0301", "CAFÉ", "straße", "Strasse", "日本", "🍦", "the who", "who", "turn on",
    "$$$", "", "  ", None, 5, "dan\nish", "x" * 256, "x1", "x2", "x3", "ΑΣ", "ας", "İzmir", "crois\u200bsant", "1/2",
    "men's", "v1.2", "a\x1fb", "Жук", "жук",
]  # fmt: skip
CHAINS = [
    Chain(),
    Chain("whitespace"),
    Chain("keyword", ("lowercase", "asciifolding")),
    Chain("standard", ()),
    Chain("standard", ("lowercase", {"stop": ["the", "on"]})),
]


def chance_rows(count, seed, words=WORDS):
    dice = random.Random(seed)

    def row(number):
        kind = dice.choices(KINDS, (6, 1, 1))[0]
        left = dice.choices(words, k=dice.randint(1, 4) if kind == "equivalent" else dice.randint(1, 2))
        right = [] if kind == "equivalent" else dice.choices(words, k=dice.randint(1, 3))
        return SourceRow(str(number), kind, left, right)

    return [row(number) for number in range(count)]


@pytest.mark.parametrize("chain", CHAINS, ids=str)
def test_any_order_gives_the_same_file(chain, compiled):
    """It should write the same bytes and count the same faults whatever the order of the rows."""
    rows = chance_rows(3_000, "order")
    made, lines = compiled(rows, chain)
    assert lines == sorted(set(lines))
    assert made.sha256 == hashlib.sha256(made.path.read_bytes()).hexdigest()
    assert (made.size, made.rules, made.rows) == (made.path.stat().st_size, len(lines), 3_000)
    assert made.report.errors
    assert made.report.warnings
    for seed in range(3):
        random.Random(seed).shuffle(rows)
        again, _ = compiled(rows, chain)
        assert again.sha256 == made.sha256
        assert again.report.totals == made.report.totals


@pytest.mark.parametrize("chain", CHAINS, ids=str)
def test_nothing_is_lost_on_the_way_to_the_search_engine(chain, compiled, oracle):
    """It should have Lucene expand each term of each sound row to the other terms of the row."""
    rows = [row for row in chance_rows(600, "lossless") if sound(row, chain)]
    assert len(rows) > 100
    _, lines = compiled(rows, chain)
    found = oracle.rules("\n".join(lines), as_declared(chain))
    for row in rows:
        left, right = (
            {chain.key(normalise(term)) for term in side if normalise(term or "")}
            for side in (row.left, row.right)
        )
        for term in left:
            wanted = {"equivalent": left - {term}, "one_way": right | left, "replace": right}[row.kind]
            assert wanted <= {*found[term].outputs}, row


def sound(row, chain):
    return RowChecker(chain, Limits(), Findings()).rule(row) is not None


@pytest.mark.parametrize("at_once", [1, 2, 40])
@pytest.mark.parametrize("chain", CHAINS, ids=str)
def test_short_way_makes_the_same_rules(chain, at_once):
    """It should make of a plain row the rule that the long way makes, and take the long way without its findings."""
    words = [word for word in WORDS if isinstance(word, str)] + ["one two", "three", "four5", "six"] * 8
    rows = chance_rows(4_000, "plain", words)
    taken = 0
    plain = PlainRows(chain, Limits())
    for at in range(0, len(rows), at_once):
        rules, others = plain.split(rows[at : at + at_once])
        by_id = {row.row_id: row for row in rows[at : at + at_once]}
        terms = iter(rules.terms)
        for row_id, line, width in zip(rules.row_ids, rules.lines, rules.widths, strict=True):
            findings = Findings()
            rule = RowChecker(chain, Limits(), findings).rule(by_id.pop(row_id))
            assert (rule.line, list(rule.left), list(rule.right)) == (
                line,
                [next(terms) for _ in range(width)],
                [],
            )
            assert plain.terms(line) == rule.left
            assert findings.report(rows=1, rules=1).findings == ()
            taken += 1
        assert list(by_id.values()) == others
    assert taken > 50


def test_most_rows_go_the_short_way():
    """It should leave to the long way only what needs care, or the compiler would be slow."""
    rows = [SourceRow(str(n), "equivalent", (f"Base term {n}", f"words-of {n}", None)) for n in range(100)]
    rows[50] = rows[50]._replace(left=("c++", "cpp"))
    rules, others = PlainRows(Chain(), Limits()).split(rows)
    assert len(rules.lines) == 99
    assert others == [rows[50]]


@pytest.mark.parametrize(
    "left",
    [
        ("one", "two", "three", "four", "five"),
        ("word " * 200, "other"),
        ("one", None, ""),
        ("one", "ONE"),
        ("one", "c++"),
    ],
    ids=["wide", "long", "one term", "twice the same", "signs"],
)
def test_long_way_judges_what_may_have_findings(left):
    """It should leave a row to the long way that is wide, long, short of terms or in need of care, alone as it is."""
    row = SourceRow("1", "equivalent", left)
    rules, others = PlainRows(Chain(), Limits(warn_expansions=3)).split([row])
    assert (list(rules.lines), others) == ([], [row])


def test_garbage_is_collected_again_after_an_error(compiled):
    """It should leave the process as it was, also where the rows break off."""

    def broken():
        yield SourceRow("1", "equivalent", ("danish", "croissant"))
        assert not gc.isenabled()
        raise ConnectionError("the server went away")

    with pytest.raises(ConnectionError, match="went away"):
        compiled(broken())
    assert gc.isenabled()


@pytest.mark.parametrize("separator", ["\n", "\x1f"])
def test_separator_inside_a_term_is_found(separator, compiled):
    """It should not take a term for two because it holds what the compiler itself separates terms with."""
    rows = [SourceRow(str(n), "equivalent", (f"base {n}", f"other {n}")) for n in range(10)]
    rows[3] = rows[3]._replace(left=(f"danish{separator}evil", "croissant"))
    made, lines = compiled(rows)
    assert made.report.totals == {"CONTROL_CHAR": 1}
    assert len(lines) == 9
    assert not [line for line in lines if "evil" in line]


def test_rows_beyond_memory_make_the_same_file(compiled, monkeypatch):
    """It should find and write the same when everything spills to disk after a few lines."""
    rows = chance_rows(3_000, "spill")
    made, lines = compiled(rows)
    for module, limit in ((sorted_lines, "MOST_LINES"), (term_index, "MOST_TERMS")):
        monkeypatch.setattr(module, limit, 50)
    written = []
    write = sorted_lines.Runs.write
    monkeypatch.setattr(
        sorted_lines.Runs, "write", lambda runs, lines: written.append(len(lines)) or write(runs, lines)
    )
    again, lines_again = compiled(rows)
    assert len(written) > 10, "nothing spilled"
    assert lines_again == lines
    assert again.report == made.report
    assert list(made.path.parent.iterdir()) == [made.path], "temporary files are left"


def test_nothing_is_left_when_the_rows_fail(compiled, tmp_path):
    """It should leave neither file nor temporary files behind when reading the rows fails."""

    def rows():
        yield SourceRow("1", "equivalent", ("danish", "croissant"))
        raise ConnectionError("the database is gone")

    with pytest.raises(ConnectionError, match="the database is gone"):
        compiled(rows())
    assert list(tmp_path.iterdir()) == []


def test_no_rows(compiled):
    """It should write an empty file, which the caller decides about."""
    made, lines = compiled([])
    assert (made.size, made.rules, made.rows, lines) == (0, 0, 0, [])
    assert made.report.findings == ()


def test_many_rows_in_little_memory(tmp_path):
    """It should hold no more when rows are many: what a process needs for 90,000 is what it needs for 30,000."""
    program = """
        import resource, sys
        from pathlib import Path
        from switchyard.synonyms import sorted_lines, term_index
        from switchyard.synonyms.analysis import Chain
        from switchyard.synonyms.compiler import compile_rules
        from switchyard.synonyms.rules import rows_from_tuples

        sorted_lines.MOST_LINES, term_index.MOST_TERMS = 10_000, 30_000
        for count in (30_000, 90_000):
            tuples = ((n, f"base word {n}", f"synonym a {n}", f"synonym b {n // 2}") for n in range(count))
            rows = rows_from_tuples(("row_id", "term_1", "term_2", "term_3"), tuples)
            made = compile_rules(rows, chain=Chain(), folder=Path(sys.argv[1]))
            megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            print(made.rules, made.report.totals["NOT_TRANSITIVE"], megabytes)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), tmp_path],
        env={"PYTHONPATH": "plugins"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    (few, few_shared, first), (many, many_shared, then) = (
        map(int, line.split()) for line in done.stdout.splitlines()
    )
    assert (few, few_shared, many, many_shared) == (30_000, 15_000, 90_000, 45_000)
    assert then - first < 15, "megabytes more for 60,000 rows more"


def test_plain_letters_cover_what_people_write():
    """It should count letters of Western and Eastern Europe, Greek and Cyrillic as plain."""
    for word in ("Crème", "Smörgås", "Łódź", "žluťoučký", "παγωτο", "Мороженое", "Ёлка"):
        rules, _ = PlainRows(Chain(), Limits()).split([SourceRow("1", "equivalent", (f"{word}x", "ice"))])
        assert rules.lines == [f"{word}x, ice"], plain_rows.LETTERS
