"""Rows and what must become of them, from data files, with real Lucene on the rules they make."""

from pathlib import Path

import pytest
import yaml

from switchyard.synonyms.diff import empty_guard
from switchyard.synonyms.rules import rows_from_records
from tests.support import figures
from tests.support.synonyms import as_declared, chain_of, golden_row, source_row, written_out

FOLDER = Path(__file__).parent


def cases(name):
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


def by_id(case):
    return case["id"]


GOOD, BAD, SETS = cases("good_rows.yaml"), cases("bad_rows.yaml"), cases("sets.yaml")


@pytest.mark.parametrize("case", GOOD, ids=by_id)
def test_good_row_makes_its_rule(case, compiled, oracle):
    """It should make the very line, warn where the case says so, and have Lucene accept it."""
    made, lines = compiled(rows_from_records([golden_row(case)]))
    line = case["line"]
    if "%x*255" in line:
        line = line.replace("%x*255", "x" * 255)
    assert lines == [line]
    assert {finding.code: finding.term for finding in made.report.findings} == case.get("warns", {})
    assert oracle.accepts([line]) == [None]


@pytest.fixture(scope="module")
def tally():
    with figures.tally("bad-input", kind="rows of synonyms") as counted:
        yield counted


@pytest.mark.parametrize("case", BAD, ids=by_id)
def test_bad_row_is_named_with_term_reason_and_remedy(case, compiled, tally):
    """It should find exactly one error, in that row and term, say why and what to do, and publish nothing."""
    with tally.case():
        made, lines = compiled(rows_from_records([golden_row(case)]))
        (finding,) = made.report.findings
        expected = source_row([case["term"]]).left[0] if "term" in case else None
        assert (finding.severity, finding.code, finding.row_id) == ("error", case["code"], case["id"])
        assert finding.term == expected
        assert finding.reason
        assert finding.remedy
        assert lines == []
        assert made.report.errors == 1


@pytest.mark.parametrize("case", [case for case in GOOD + BAD if "article" in case], ids=by_id)
def test_the_format_of_the_article_does_otherwise(case, oracle):
    """It should show why the row needs care: what Lucene makes of it when it is printed as the article does."""
    base, *others = case["row"]
    first, second = [*others, "", ""][:2]
    line = "%s,%s,%s \n" % (base, first, second)  # noqa: UP031 - the article's own format
    (refusal,) = oracle.accepts([line])
    if isinstance(case["article"], dict):
        found = oracle.rules(line)
        assert {term: found[term].outputs for term in case["article"]} == case["article"]
        assert case["article"] or not found
    else:
        assert ("refused" if refusal else "accepted") == case["article"]


@pytest.mark.parametrize("case", SETS, ids=by_id)
def test_rows_together(case, compiled, oracle):
    """It should find what the rows do to each other, and make each rule once."""
    chain = chain_of(case)
    written = written_out(case["rows"])
    rows = [source_row(row, str(number)) for number, row in enumerate(written, 1)]
    made, lines = compiled(rows, chain, locale=case.get("locale"))
    report = made.report
    if empty := empty_guard(made.rules):
        report = report if report.errors else report.plus(empty)
    found = {code: [each.term for each in report.findings if each.code == code] for code in report.totals}
    assert found == case["codes"]
    assert {code: len(terms) for code, terms in found.items()} == report.totals
    assert made.report.skipped == case.get("skipped", 0)
    assert oracle.accepts(["\n".join(lines)], as_declared(chain)) == [None]
    if "lines" in case:
        assert lines == case["lines"]


def test_all_cases_are_here():
    """It should hold every golden case of the specification."""
    numbered = [case["id"].split()[0] for case in GOOD + BAD + SETS]
    wanted = [f"G{n:02}" for n in range(1, 24)] + [f"B{n:02}" for n in range(1, 16)]
    wanted += ["F01", "F02", "F03", "F04", "F05", "F06", "F09"]  # F07 and F08 compare releases: test_diff.py
    assert set(wanted) <= set(numbered)
