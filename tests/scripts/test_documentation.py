"""The documentation site: what is written from the code, and where links lead."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.documentation import (
    commands,
    configuration,
    errors,
    hooks,
    ledger,
    operators,
    sources,
    sql_files,
)
from scripts.documentation.argument_names import EVERYWHERE
from scripts.documentation.places import OPERATORS, REPOSITORY, SCHEMAS, SQL
from switchyard.ledger import tables as ledger_tables

TUTORIAL = sorted((REPOSITORY / "docs" / "tutorial").glob("*.md"))


def test_every_operator_has_its_arguments_told():
    """It should show each operator once, with a row for each argument of its own."""
    known, written = operators.operators(), operators.pages()
    public = [one for one in known.values() if one.is_public]
    assert len(public) > 50
    for one in public:
        page = written[f"{operators.FOLDER}/{one.area or 'base'}.md"]
        section = page.partition(f"{{ #{one.name} }}")[2].partition("\n## ")[0]
        for name, _, _ in one.own:
            assert f"| `{name}` |" in section, one.name


def test_an_argument_is_told_as_its_class_says():
    """It should take a meaning from the class, from one that it derives from, or from the names used everywhere."""
    known = operators.operators()
    told = {one.name: one for one in operators.arguments(known["CopySnapshotOperator"], known)}
    assert told["poll_interval"].meaning == "seconds between two looks at what it waits for."
    assert told["poll_interval"].default == "30.0"
    assert told["source_region"].meaning == EVERYWHERE["source_region"]
    assert {"snapshot_id", "snapshot_arn"} <= set(operators.results(known["CopySnapshotOperator"], known))


def test_every_field_of_every_schema_is_told():
    """It should have a row for each field of each section, and a section for each definition."""
    written = configuration.pages()
    for path in SCHEMAS.glob("*.json"):
        schema, page = json.loads(path.read_text()), written[f"{configuration.FOLDER}/{path.stem}.md"]
        for definition in (schema, *schema["$defs"].values()):
            fields = definition.get("properties", {})
            assert [name for name in fields if name != "name" and f"| `{name}` |" not in page] == [], (
                path.name
            )


def test_a_field_shows_its_limits_default_and_example():
    """It should tell what a field takes, what it is without being named, and what a shipped file says."""
    page = configuration.pages()[f"{configuration.FOLDER}/aurora_recovery.md"]
    row = next(line for line in page.splitlines() if line.startswith("| `keep_last` |"))
    assert "whole number, 1 to 90 | `7` |" in row
    assert "Such as `3`." in row


def test_every_sql_file_is_shown():
    """It should show each SQL file below its header."""
    written = "".join(sql_files.pages().values())
    files = list(SQL.rglob("*.sql"))
    assert len(files) > 100
    for path in files:
        assert sql_files.header(path.read_text()).split("\n")[0] in written, path


def test_every_error_is_told_with_its_remedy():
    """It should list each code of AWS that is known, and each error that the code writes out."""
    written = errors.pages()
    assert all(f"| `{code}` |" in written[f"{errors.FOLDER}/aws.md"] for code in errors.codes())
    found = list(errors.raised(OPERATORS / "aurora" / "snapshots.py"))
    assert any("it was available and is not there" in message for _, message, _ in found)
    assert all(remedy for _, _, remedy in found)


def test_every_column_of_the_ledger_is_told():
    """It should find, without a database, the columns that the ledger's rows are written to."""
    made = ledger.tables()
    known = [one for one in vars(ledger_tables).values() if isinstance(one, ledger_tables.Table)]
    assert {one.name for one in known} == set(made)
    for one in known:
        columns = {column.name: column for column in made[one.name].columns}
        assert set(one.columns) <= set(columns), one.name
        assert [name for name, column in columns.items() if not column.comment] == []


def test_every_make_target_and_program_is_told():
    """It should show each target with its words, and the arguments of each program."""
    page = commands.pages()[commands.PAGE]
    assert "| `make docs` |" in page
    for words in ("usage: python -m switchyard.synonyms", "usage: python -m demo.shop", "--dsn"):
        assert words in page


@pytest.mark.parametrize(
    ("link", "leads_to"),
    [
        (
            "[orders.yaml](../../include/pipelines/aurora_recovery/orders.yaml)",
            "configuration/aurora_recovery.md#orders",
        ),
        ("[x](../../include/sql/athena/by_type.sql)", "sql/athena.md#by-type"),
        (
            "[`CopySnapshotOperator`](../../plugins/switchyard/operators/aurora/snapshots.py)",
            "operators/aurora.md#Copy",
        ),
        ("[errors](../../plugins/switchyard/errors.py)", "errors/index.md"),
        ("[a test](../../tests/conftest.py)", "../source/tests/conftest.py.md"),
    ],
)
def test_links_to_code_lead_to_its_page(link, leads_to):
    """It should lead a link out of the documentation to the page about the file, or to the file itself."""
    assert f"]({leads_to}" in sources.Sources().led(link, "reference/page.md")


def test_other_links_stay():
    """It should leave links within the documentation, to the web and in blocks of code as they are."""
    text = "[a](iam.md) [b](https://example.org/x.py) [c](#d)\n```\n[e](../../README.md)\n```\n[f](../../nowhere.py)"
    assert sources.Sources().led(text, "reference/page.md") == text


def test_pages_without_a_place_are_put_at_the_end():
    """It should put pages that the navigation names nowhere at its star, and leave a title over nothing out."""
    wanted = ["a.md", {"Tasks": ["t/one.md"]}, {"More": ["t/*"]}]
    assert hooks.completed(wanted, ["a.md", "t/one.md", "t/two.md"]) == [*wanted[:2], {"More": ["t/two.md"]}]
    assert hooks.completed(wanted, ["a.md", "t/one.md"]) == wanted[:2]


def test_a_link_that_leads_nowhere_ends_the_build(tmp_path):
    """It should refuse to build a site with a link, an anchor or a place in the navigation that is not there."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# Home\n\n[gone](gone.md), [part](other.md#gone)\n")
    (tmp_path / "docs" / "other.md").write_text("# Other\n")
    settings = (REPOSITORY / "mkdocs.yml").read_text().partition("\nnav:\n")[0]
    kept = re.sub(r"^hooks:.*$|^not_in_nav:.*$", "", settings, flags=re.MULTILINE)
    (tmp_path / "mkdocs.yml").write_text(f"{kept}\nnav: [index.md, missing.md]\n")
    build = [str(Path(sys.executable).parent / "mkdocs"), "build", "--strict"]
    ended = subprocess.run(build, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode != 0
    for complaint in ("gone.md", "'other.md#gone'", "missing.md"):
        assert complaint in ended.stderr


@pytest.mark.parametrize("page", TUTORIAL, ids=[page.stem for page in TUTORIAL])
def test_commands_of_the_tutorial_exist(page):
    """It should type DAGs, programs, targets, and files of SQL in the tutorial that are there."""
    typed = "\n".join(re.findall(r"^```\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL))
    dags = {path.stem for path in (REPOSITORY / "dags").glob("*.py")}
    assert {name for name in re.findall(r"trigger (\w+)__\w+", typed)} <= dags
    assert set(re.findall(r"^(?:\w+=\w+ )?make (\w+)$", typed, re.MULTILINE)) <= {
        name for name, _ in commands.targets()
    }
    for path in re.findall(r"include/sql/[\w/]+\.sql", typed):
        assert (REPOSITORY / path).exists(), path
    for module, command in re.findall(r"python -m (demo\.(?:shop|customers)) (\w+)", typed):
        assert command in commands.parser_of(module).format_help()


def test_the_documentation_does_not_import_airflow():
    """It should be built without Airflow, whose import takes longer than the whole reference."""
    for path in (REPOSITORY / "scripts" / "documentation").glob("*.py"):
        modules = [
            ast.unparse(node)
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.ImportFrom)
        ]
        assert not [one for one in modules if one.startswith("from airflow")], path.name
