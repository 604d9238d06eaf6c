"""Reports for the people who edit synonyms."""

import json

import pytest

from switchyard.synonyms.catalogue import CATALOGUE
from switchyard.synonyms.findings import Finding, Findings, Report, find
from switchyard.synonyms.rules import SourceRow


def test_page_says_where_what_and_what_to_do(compiled):
    """It should count first, then give one block for each kind of fault, errors before warnings."""
    made, _ = compiled(
        [
            SourceRow("1", "equivalent", ("danish", "croissant")),
            SourceRow("2", "equivalent", ("danish\nevil => x", "croissant")),
            SourceRow("3", "equivalent", ("c++", "cpp")),
            SourceRow("4", "equivalent", ("", "sofa", "couch")),
        ]
    )
    assert made.report.text() == (
        "4 rows read, 2 rules made: 2 errors, 1 warning. Nothing can be published until the errors are mended.\n"
        "\n"
        "ERROR EMPTY_BASE_TERM (1): the first term is empty\n"
        '    row 4: the row has "sofa", "couch" only\n'
        "    What to do: Fill in the first term, or delete the row.\n"
        "\n"
        "ERROR CONTROL_CHAR (1): a term holds a line break or control character\n"
        '    row 2, "danish<line break>evil => x": there is a line break in it\n'
        "    What to do: Delete that character. If there are two terms, put each in a cell of its own.\n"
        "\n"
        "WARNING ANALYZES_TO_SHORT (1): only one character of a term is searched for\n"
        '    row 3, "c++": searches see only "c" of it\n'
        "    What to do: Delete the term, or have the search index keep such signs.\n"
    )


def test_page_of_sound_rows(compiled):
    """It should say in one line that nothing is wrong."""
    rows = [
        SourceRow("1", "equivalent", ("a1", "b1")),
        SourceRow("2", "equivalent", ("$", "b1"), (), None, False),
    ]
    made, _ = compiled(rows)
    assert (
        made.report.text()
        == "2 rows read (1 row disabled or of another locale), 1 rule made. Nothing is wrong.\n"
    )


def test_json_has_the_same_facts(compiled):
    """It should give counts, totals and findings as plain JSON values."""
    made, _ = compiled([SourceRow("7", "equivalent", ("$$$", "dollar"))])
    assert json.loads(json.dumps(made.report.as_dict())) == {
        "rows": 1,
        "rules": 0,
        "skipped": 0,
        "errors": 1,
        "warnings": 0,
        "totals": {"NOT_ANALYZABLE": 1},
        "findings": [
            {
                "severity": "error",
                "code": "NOT_ANALYZABLE",
                "row_id": "7",
                "term": "$$$",
                "reason": "the search engine finds no word in it",
                "remedy": "Write it in words that can be searched for (dollar for $$$), or delete it.",
            }
        ],
    }


def test_report_stays_short(compiled):
    """It should count all faults of a kind but hold the first ones only, and say how many more there are."""
    rows = [SourceRow(str(number), "equivalent", ("danish\n!", "croissant")) for number in range(5_000)]
    made, _ = compiled(rows, shown_per_code=3)
    assert made.report.totals == {"CONTROL_CHAR": 5_000}
    assert [finding.row_id for finding in made.report.findings] == ["0", "1", "2"]
    assert made.report.errors == 5_000
    assert "    ... and 4997 more\n" in made.report.text()


def test_reasons_are_asked_for_only_when_they_are_kept():
    """It should not have a text made for what it only counts."""
    findings = Findings(shown_per_code=1)
    findings.add("WIDE", lambda: "it is wide", row_id="1")
    findings.add("WIDE", lambda: pytest.fail("nobody reads this"), row_id="2")
    assert findings.report(rows=2, rules=2).totals == {"WIDE": 2}


def test_finding_reads_as_one_line():
    """It should give severity, place, reason, remedy and code, without breaking the line of a log."""
    finding = find("NOT_TEXT", "it is of type int", row_id="9", term="5\n6")
    assert str(finding) == (
        'error: row 9, "5<line break>6": it is of type int. '
        "Store it as text; in a JSON array, put it in quotation marks. [NOT_TEXT]"
    )
    assert str(find("EMPTY_SET", "no rule would be published")).startswith(
        "error: the set as a whole: no rule"
    )


def test_row_id_cannot_break_the_report(compiled):
    """It should show a row's id on one line, whatever is in it."""
    rows = [
        SourceRow("1\n2\x1b[31m", "equivalent", ("$", "b")),
        SourceRow("\ud800", "equivalent", ("a1", "b1")),
    ]
    made, lines = compiled([*rows, SourceRow("\ud801", "equivalent", ("b1", "a1"))])
    assert [finding.row_id for finding in made.report.findings] == ["1<line break>2<U+001B>[31m", "<U+D801>"]
    assert made.report.findings[1].reason == "it says what row <U+D800> says: b1, a1"
    assert lines == ["a1, b1"]


def test_finding_about_the_set_is_added():
    """It should count a finding that is found later like the others."""
    report = Report(rows=1, rules=0).plus(find("EMPTY_SET", "no rule would be published"))
    assert (report.errors, report.totals) == (1, {"EMPTY_SET": 1})


@pytest.mark.parametrize("code", CATALOGUE)
def test_every_fault_has_a_title_and_a_remedy(code):
    """It should phrase every title as the middle and every remedy as the whole of a sentence."""
    fault = CATALOGUE[code]
    assert fault.title[0].islower() or fault.title.startswith("CSV")
    assert not fault.title.endswith(".")
    assert fault.remedy[0].isupper()
    assert fault.remedy.endswith(".")
    assert find(code, "because").severity == fault.severity
    assert isinstance(find(code, "because"), Finding)
