"""Fifty configurations from one template and a list."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from switchyard.configuration import fleet
from switchyard.configuration.__main__ import main
from switchyard.configuration.loader import load
from switchyard.errors import BadInput

SHIPPED = Path(__file__).parents[2] / "include" / "fleet"
TEMPLATE, TABLE = SHIPPED / "aurora_recovery" / "aurora_mysql.yaml", SHIPPED / "databases.csv"
COLUMNS = "name,cluster,owner,minute,day,rto_minutes\n"


@pytest.fixture
def table(tmp_path):
    """Write a list."""

    def write(*lines):
        path = tmp_path / "list.csv"
        path.write_text(COLUMNS + "".join(f"{line}\n" for line in lines))
        return path

    return write


def test_the_shipped_example_is_valid(tmp_path, capsys):
    """It should write a file for each line, once, and say which; all of them load."""
    arguments = ["fleet", str(TEMPLATE), str(TABLE), str(tmp_path)]
    assert main(arguments) == 0
    assert [line.rsplit("/")[-1] for line in capsys.readouterr().out.splitlines()] == [
        "billing.yaml",
        "stock.yaml",
        "web_shop.yaml",
    ]
    loaded = load(tmp_path)
    assert loaded.errors == ()
    assert [one.target.cluster_id for one in loaded.instances] == ["billing", "stock", "web-shop"]
    assert main(arguments) == 0
    assert capsys.readouterr().out == ""


def test_fifty_databases_load(tmp_path, table):
    """It should make fifty configurations that load beside each other."""
    lines = (f"db_{n},db-{n},team,{n},{1 + n % 28},60" for n in range(50))
    assert len(fleet.write(TEMPLATE, table(*lines), tmp_path)) == 50
    assert len(load(tmp_path).instances) == 50


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("a,a,team: {},0,1,60", "list.csv, line 2, owner.*a plain word was expected"),
        ("a,a,team,0,1", "line 2, rto_minutes.*a plain word was expected"),
        ("a,a,team,0,1,60,more", "a plain word was expected"),
        ("a,a,team,99,1,60", r"aurora_recovery/a\.yaml: schedule\.recovery_point\.cron"),
        ("../a,a,team,0,1,60", "configuration is"),
    ],
)
def test_one_wrong_line_keeps_all_from_being_written(tmp_path, table, line, says):
    """It should name the line or the field, and write nothing."""
    with pytest.raises(BadInput, match=says):
        fleet.write(TEMPLATE, table(line, "b,b,team,0,1,60"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_two_lines_that_claim_one_cluster_are_refused(tmp_path, table):
    """It should not let two pipelines swap the same live name."""
    with pytest.raises(BadInput, match=r"a\.yaml: .* is restored over by aurora_recovery/b\.yaml, too"):
        fleet.write(TEMPLATE, table("a,same,team,0,1,60", "b,same,team,0,1,60"), tmp_path)


def test_a_name_twice_is_refused(tmp_path, table):
    """It should not let a line win over another in silence."""
    with pytest.raises(BadInput, match=r"line 3, name.*occurs twice"):
        fleet.write(TEMPLATE, table("a,a,team,0,1,60", "a,b,team,0,1,60"), tmp_path)


def test_a_column_that_is_missing_is_named(tmp_path, table):
    """It should say which column the template asks for, and of which pipeline a template must be."""
    folder = tmp_path / "aurora_recovery"
    folder.mkdir()
    (folder / "more.yaml").write_text(TEMPLATE.read_text() + "# ${colour}\n")
    with pytest.raises(BadInput, match="no column colour"):
        fleet.write(folder / "more.yaml", table("a,a,team,0,1,60"), tmp_path / "out")
    shutil.copy(TEMPLATE, tmp_path)
    with pytest.raises(BadInput, match="its folder is none of aurora_recovery"):
        fleet.write(tmp_path / TEMPLATE.name, table("a,a,team,0,1,60"), tmp_path / "out")
