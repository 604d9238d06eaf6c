"""The command for people without Airflow: CSV files as spreadsheets save them, rule files, differences."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from switchyard.synonyms.__main__ import main

ARTICLE = "SynID,Base_Term,Synonym_1,Synonym_2\n"


@pytest.fixture
def command(tmp_path, capfdbinary):
    """Run the command on a file with this content; give exit status, output and complaint."""

    def run(content, *options, name="rows.csv", verb="check"):
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        status = main([verb, str(path), *map(str, options)])
        sys.stdout.flush()
        sys.stderr.flush()
        out, err = capfdbinary.readouterr()
        return status, out.decode(), err.decode()

    return run


def places(text):
    return [
        line.strip() for line in text.splitlines() if line.startswith("    ") and "What to do" not in line
    ]


def test_sound_file(command):
    """It should say that all is well and end with 0."""
    assert command(ARTICLE + "1,danish,croissant,pastry\n2,frozen custard,gelato,\n") == (
        0,
        "2 rows read, 2 rules made. Nothing is wrong.\n",
        "",
    )


def test_warnings_alone_are_no_failure(command):
    """It should end with 0 when there are only warnings."""
    status, out, _ = command(ARTICLE + "1,c++,cpp,\n")
    assert (status, places(out)) == (0, ['row 1 (line 2), "c++": searches see only "c" of it'])


def test_errors_name_row_and_line(command):
    """It should end with 1, and name a row by its id and by its line in the file, also below cells of two lines."""
    status, out, _ = command(ARTICLE + '17,"dan\nish",croissant,\n,$$$,dollar,\n19,sofa,,\n')
    assert status == 1
    assert places(out) == [
        'row 19 (line 5), "sofa": there is no other term beside it',
        'row 17 (line 2), "dan<line break>ish": there is a line break in it',
        'line 4, "$$$": the search engine finds no word in it',
    ]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_files_of_all_spreadsheets(command, separator, end, mark):
    """It should find out separator, line ends and byte order mark by itself, and skip empty rows."""
    rows = [
        ["SynID", "Base Term", "Synonym_1"],
        ["1", '"salt, pepper; or both"', "spice"],
        ["", "", ""],
        [],
        ["2", "a1", "b1", ""],
    ]
    status, out, _ = command(mark + end.join(separator.join(row) for row in rows) + end, name="rows.CSV")
    assert (status, out) == (0, "2 rows read, 2 rules made. Nothing is wrong.\n")


def test_every_kind_of_rule(command, tmp_path):
    """It should read the columns of all kinds of rules, and write the rules when asked to."""
    rules = tmp_path / "rules.txt"
    content = (
        "kind,term_1,term_2,target_1,enabled,locale\n"
        ",danish,croissant,,,\n"
        "one way,ipad,,tablet,yes,en\n"
        "replace,i-pod,i pod,ipod,1,\n"
        "replace,a1,,b1,no,\n"
        ",lift,elevator,,,de\n"
    )
    status, out, _ = command(content, "--locale", "EN", "--write", rules)
    assert status == 0
    assert "5 rows read (2 rows disabled or of another locale), 3 rules made. Nothing is wrong." in out
    assert f"Wrote {rules}, sha256 " in out
    assert rules.read_text() == "danish, croissant\ni-pod, i pod => ipod\nipad => ipad, tablet\n"


def test_rules_are_not_written_beside_errors(command, tmp_path):
    """It should not hand out rules that must not be published."""
    status, _, _ = command(
        ARTICLE + "1,danish,croissant,\n2,$$$,dollar,\n", "--write", tmp_path / "rules.txt"
    )
    assert status == 1
    assert not (tmp_path / "rules.txt").exists()


def test_columns_that_are_not_read_are_named(command):
    """It should not pass over a misspelled column in silence."""
    status, out, _ = command("SynID,Base_Term,Synonym_1,Synonim 2,Comment,\n1,danish,croissant,pastry,old,\n")
    assert status == 0
    assert out.splitlines()[:2] == [
        'The column "Synonim 2" is not read. Did you mean synonym_2?',
        'The column "Comment" is not read.',
    ]


def test_cells_without_a_column(command):
    """It should find the comma that was not quoted, and not mind empty cells at the end."""
    status, out, _ = command(ARTICLE + "1,salt, pepper,spice,more\n2,danish,croissant,,,,\n3,a1,b1\n")
    assert status == 1
    assert places(out) == ['row 1 (line 2): there is no column for "more"']


def test_report_for_programs(command):
    """It should give the same report as JSON."""
    status, out, _ = command(ARTICLE + "1,$$$,dollar,\n", "--json")
    report = json.loads(out)
    assert status == 1
    assert (report["errors"], report["totals"], report["notes"]) == (1, {"NOT_ANALYZABLE": 1}, [])
    assert report["findings"][0]["term"] == "$$$"


def test_analysis_can_be_declared(command):
    """It should judge by the analysis that the index has."""
    rows = ARTICLE + "1,$$$,dollar,\n2,the who,band,\n3,café,cafe,\n"
    assert command(rows, "--tokenizer", "whitespace")[0] == 0
    status, out, _ = command(rows, "--filters", "lowercase,asciifolding", "--stop-words", "the, a")
    assert status == 1
    assert {line.split()[1] for line in out.splitlines() if line.startswith(("ERROR", "WARNING"))} == {
        "NOT_ANALYZABLE",
        "POSITION_GAP",
        "SAME_TOKENS",
    }
    status, _, err = command(rows, "--filters", "lower")
    assert (status, err[:30]) == (2, "filter is 'lower': it is not k")


def test_number_of_findings_shown(command):
    """It should show as many findings of a kind as asked for."""
    _, out, _ = command(ARTICLE + "".join(f"{n},$,x,\n" for n in range(9)), "--show", "2")
    assert places(out)[2:] == ["... and 7 more"]


def test_rule_file(command):
    """It should tell of a rule file what the search engine refuses, and what it does nothing with."""
    content = (
        "# ours\ndanish, croissant\n\n   \nfoo\na => b => c\nsalt\\, pepper, spice\ndanish => bun\n"
        "c++, c#\ncroissant, danish\n"
    )
    status, out, _ = command(content, name="rules.txt")
    assert status == 1
    assert out.startswith("10 lines read, 5 rules made: 3 errors, 5 warnings. ")
    assert places(out) == [
        'line 4, "": there is nothing but white space',
        "line 6: the line has more than one arrow =>",
        'line 8, "danish": the term stays in the search because of line 2 and line 10',
        'line 9, "c++": searches see only "c" of it',
        'line 9, "c#": searches see only "c" of it',
        'line 9, "c#": searches see "c", as they do for "c++"',
        "line 10: it says what line 2 says: croissant, danish",
        'line 5, "foo": there is no synonym beside it',
    ]


def test_rule_file_beyond_the_limits(command):
    """It should find groups that searches do not survive and terms that the engine cuts, also in a rule file."""
    groups = [", ".join(f"t{number}" for number in range(width)) for width in (502, 102)]
    status, out, _ = command(
        "\n".join([groups[0], groups[1].replace("t", "w"), "x" * 256 + " => y2"]), name="r.txt"
    )
    assert status == 1
    assert places(out) == [
        f'line 3, "{"x" * 57}...": it has 256 characters',
        'line 1, "t0": it expands to 501 terms, 500 are allowed',
        'line 2, "w0": it expands to 101 terms',
    ]


def test_differences(command, tmp_path):
    """It should print what a new rule file changes, for people and for programs."""
    new = tmp_path / "new.txt"
    new.write_text("danish, croissant, pastry\n")
    status, out, _ = command("danish, croissant\n", new, name="old.txt", verb="diff")
    assert status == 0
    assert out == (
        "0 added, 0 removed, 1 changed, 0 unchanged: 1 rules become 1; 100.0% differ.\n"
        "- danish, croissant\n+ danish, croissant, pastry\n"
    )
    status, out, _ = command(None, new, "--json", name="old.txt", verb="diff")
    assert json.loads(out)["sample"] == [
        {"kind": "changed", "before": "danish, croissant", "after": "danish, croissant, pastry"}
    ]


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (None, "rows.csv", "rows.csv: No such file or directory"),
        (b"", "rows.csv", "first line is 'empty': it names no column of synonyms. Columns are row_id, "),
        (
            b"danish,croissant\n",
            "rows.csv",
            "first line is 'danish, croissant': it names no column of synonyms",
        ),
        (b"SynID,Comment\n1,x\n", "rows.csv", "columns is 'SynID, Comment': there are no terms among them"),
        (b"Term_1,Base_Term\na,b\n", "rows.csv", "column is 'Base_Term': it is the same as Term_1"),
        (
            "SynID,Base_Term,Synonym_1\n1,café,x\n".encode("latin-1"),
            "rows.csv",
            "it is not UTF-8: there is a byte E9",
        ),
        ("SynID,Base_Term\n".encode("utf-16"), "rows.csv", "it is UTF-16. Save it as CSV UTF-8"),
        (
            b'SynID,Base_Term\n1,a\n2,"b\n3,c\n',
            "rows.csv",
            "the row that begins on line 3 cannot be read: unexpected end",
        ),
        (
            b'SynID,Base_Term\n1,"a"b\n',
            "rows.csv",
            "the row that begins on line 2 cannot be read: ',' expected",
        ),
        (b"danish\n", "rows.pdf", "it cannot be told how to read it. Name a table .csv or .tsv"),
        (b"caf\xe9, x\n", "rules.txt", "it is not UTF-8"),
    ],
)
def test_file_that_cannot_be_read(command, content, name, says):
    """It should end with 2 and say on one line what is wrong and what to do."""
    status, out, err = command(content, name=name)
    assert (status, out) == (2, "")
    assert says in err
    assert err.count("\n") == 1


def test_no_rows(command):
    """It should find fault with a table without rows, which would empty the search."""
    status, out, _ = command(ARTICLE)
    assert (status, places(out)) == (1, ["the set as a whole: no rule would be published"])


def test_standard_library_is_enough(tmp_path):
    """It should run where nothing is installed: a Python without any package, and no third-party import."""
    path = tmp_path / "rows.csv"
    path.write_text(ARTICLE + "1,danish,croissant,pastry\n2,日本,nippon,🍦\n3,-,x,\n", encoding="utf-8")
    program = (
        "import sys, switchyard.synonyms.__main__ as command\n"
        f"status = command.main(['check', {str(path)!r}])\n"
        "others = {name.partition('.')[0] for name in sys.modules} - sys.stdlib_module_names - {'__main__'}\n"
        "print(status, sorted(others))"
    )
    here = f"import sys; sys.path.insert(0, {str(Path('plugins').resolve())!r})"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"{here}\n{program}"],
        capture_output=True, text=True, check=True, encoding="utf-8", env={"LC_ALL": "C"},
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "1 ['switchyard']"
    assert 'row 3 (line 4), "-"' in done.stdout


def test_help_explains_the_columns():
    """It should explain usage, columns and exit statuses, and refuse a command it does not know with 2."""
    run = [sys.executable, "-m", "switchyard.synonyms"]
    shown = subprocess.run(
        [*run, "--help"], capture_output=True, text=True, check=True, env={"PYTHONPATH": "plugins"}
    ).stdout
    for word in ("check SYNONYMS.csv", "diff OLD.txt NEW.txt", "Base_Term", "one_way", "Ends with 0"):
        assert word in shown
    wrong = subprocess.run(
        [*run, "mend"], capture_output=True, text=True, check=False, env={"PYTHONPATH": "plugins"}
    )
    assert wrong.returncode == 2
    assert "invalid choice: 'mend'" in wrong.stderr
