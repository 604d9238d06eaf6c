"""The shipped statements for synonyms on real servers, down to the rule file."""

import json

import pytest

from switchyard.databases.connections import connect
from switchyard.sql import include_folder, render
from switchyard.synonyms.analysis import Chain
from switchyard.synonyms.compiler import compile_rules
from switchyard.synonyms.rules import rows_from_records, rows_from_tuples
from tests.support.servers import LOGIN

ARTICLE = {
    "mysql": "CREATE TABLE SynonymsTable (SynID int NOT NULL AUTO_INCREMENT, Base_Term varchar(255),"
    " Synonym_1 varchar(255), Synonym_2 varchar(255), PRIMARY KEY (SynID))",
    "postgres": "CREATE TABLE SynonymsTable (syn_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
    " base_term varchar(255), synonym_1 varchar(255), synonym_2 varchar(255))",
}


@pytest.fixture
def article(run, engine):
    """The article's table, empty; and what adds a row."""
    run(ARTICLE[engine])
    yield lambda *terms: run(
        "INSERT INTO SynonymsTable (Base_Term, Synonym_1, Synonym_2) VALUES "
        f"({', '.join('NULL' if term is None else quoted(term) for term in terms)})"
    )
    run("DROP TABLE SynonymsTable")


@pytest.fixture
def rules(run, engine):
    """The table that the comment of rules.sql describes."""
    text = (include_folder() / f"sql/synonym_refresh/{engine}/rules.sql").read_text()
    run("\n".join(line[5:] for line in text.splitlines() if line.startswith("--   ")))
    yield lambda **values: run(
        f"INSERT INTO synonym_rules ({', '.join(values)}) VALUES ({', '.join(map(quoted, values.values()))})"
    )
    run("DROP TABLE synonym_rules")


def quoted(value):
    if isinstance(value, bool):
        return str(value).upper()
    text = value if isinstance(value, str) else json.dumps(value)
    return "'" + text.replace("'", "''") + "'"


@pytest.fixture
def compiled(engine, server, tmp_path):
    """Compile the rows of a table, read by a shipped statement in a session of its own, as each run does."""

    def read_and_compile(file, table):
        table = table.lower() if engine == "postgres" else table
        statement = render(f"synonym_refresh/{engine}/{file}", engine, table=table)
        with connect(engine, *server, LOGIN) as database:
            with database.stream(statement) as stream:
                made = compile_rules(
                    rows_from_tuples(stream.columns, stream.rows), chain=Chain(), folder=tmp_path
                )
            records = rows_from_records(database.rows(statement))
            again = compile_rules(records, chain=Chain(), folder=tmp_path)
        assert (again.sha256, again.report) == (made.sha256, made.report)
        return made, made.path.read_text(encoding="utf-8").splitlines()

    return read_and_compile


def test_inserts_updates_and_deletes_reach_the_file(article, run, compiled):
    """It should make the file of what the article's table holds now, NULL and blank cells left out."""
    article("danish", "croissant", "pastry")
    article("frozen custard", "gelato", None)
    article("salt, pepper", "", "seasoning 🧂")
    made, lines = compiled("article.sql", "SynonymsTable")
    assert lines == ["danish, croissant, pastry", "frozen custard, gelato", "salt\\, pepper, seasoning 🧂"]
    assert made.report.findings == ()
    run("UPDATE SynonymsTable SET Synonym_1 = 'sorbet' WHERE Base_Term = 'frozen custard'")
    run("DELETE FROM SynonymsTable WHERE Base_Term = 'danish'")
    _, lines = compiled("article.sql", "SynonymsTable")
    assert lines == ["frozen custard, sorbet", "salt\\, pepper, seasoning 🧂"]


def test_fault_names_the_row_of_the_database(article, run, compiled):
    """It should name the poisoned row by the id that its editor sees."""
    article("danish", "croissant", "pastry")
    article("danish\nevil => x", "croissant", None)
    made, lines = compiled("article.sql", "SynonymsTable")
    (finding,) = made.report.findings
    assert (finding.code, finding.row_id) == ("CONTROL_CHAR", "2")
    assert lines == ["danish, croissant, pastry"]


def test_rules_of_every_kind(rules, compiled):
    """It should read lists of any length, kinds, locales and switches from the table that the statement describes."""
    rules(terms=["frozen custard", "gelato", "ice cream", "50% off"])
    rules(kind="one_way", terms=["ipad"], targets=["tablet", "slate"])
    rules(kind="replace", terms=["i-pod", "i pod"], targets=["ipod"], locale="en")
    rules(terms=["$$$", "dollar"], enabled=False)
    rules(terms=["danish", None, 5])
    made, lines = compiled("rules.sql", "synonym_rules")
    assert lines == [
        "frozen custard, gelato, ice cream, 50% off",
        "i-pod, i pod => ipod",
        "ipad => ipad, tablet, slate",
    ]
    assert [(finding.row_id, finding.code) for finding in made.report.findings] == [("5", "NOT_TEXT")]
    assert made.report.skipped == 1
