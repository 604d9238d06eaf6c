"""Loading of a folder: each file by itself, nothing in silence."""

import shutil
from pathlib import PurePosixPath

import pytest

from switchyard.configuration import places
from switchyard.configuration.aurora_recovery import AuroraRecovery
from switchyard.configuration.faults import ConfigurationError
from switchyard.configuration.loader import FILE_LIMIT, MODELS, load
from switchyard.configuration.synonym_refresh import SynonymRefresh
from tests.configuration.conftest import EXAMPLE, REPOSITORY

OTHER = {"target.cluster_id": "people", "name": "people"}


def lines(loaded):
    return [str(error) for error in loaded.errors]


def test_the_example_is_valid():
    """It should load what the project ships, found without being told where."""
    loaded = load()
    assert lines(loaded) == []
    assert [instance.pipeline for instance in loaded.of(AuroraRecovery)] == ["aurora_recovery/orders"]
    assert [instance.pipeline for instance in loaded.of(SynonymRefresh)] == ["synonym_refresh/products"]


def test_a_broken_file_takes_nothing_else_down(files):
    """It should run the healthy pipelines and report the others, one line for each error."""
    files.example()
    files.example("people.yaml", set={**OTHER, "source.region": "mars", "retention.keep_lst": 1})
    files.write("broken.yaml", "a: [")
    loaded = load(files.home)
    assert [instance.name for instance in loaded.instances] == ["orders"]
    assert [(error.file, error.field) for error in loaded.errors] == [
        ("aurora_recovery/broken.yaml", "line 2, column 1"),
        ("aurora_recovery/people.yaml", "source.region"),
        ("aurora_recovery/people.yaml", "retention.keep_lst"),
    ]
    with pytest.raises(
        ConfigurationError, match=r"(?s)broken.yaml: line 2.*\n.*people.yaml: source.region = 'mars'"
    ):
        loaded.require_no_errors()


def test_the_name_comes_from_the_file(files):
    """It should need no name in the file, and take the file's."""
    files.example("people_2.yaml")
    assert [instance.pipeline for instance in load(files.home).instances] == ["aurora_recovery/people_2"]


@pytest.mark.parametrize(
    "name", ["Orders.yaml", "my orders.yaml", "2orders.yaml", "or-ders.yml", ".orders.yaml"]
)
def test_file_names_become_dag_ids(files, name):
    """It should refuse a file name that is no part of a DAG id."""
    files.example(name)
    assert load(files.home).instances == ()
    assert "it is no pipeline name. Name the file with lower-case letters" in lines(load(files.home))[0]


def test_two_files_of_one_name_are_refused(files):
    """It should keep the first and report the second."""
    files.example("orders.yaml")
    files.example("orders.yml")
    loaded = load(files.home)
    assert len(loaded.instances) == 1
    assert lines(loaded) == [
        "aurora_recovery/orders.yml: name = 'orders': aurora_recovery/orders.yaml has that name, too. "
        "Rename or remove one of them."
    ]


@pytest.mark.parametrize("place", ["orders.yaml", "aurora/orders.yaml", "aurora_recovery/old/orders.yml"])
def test_misplaced_files_are_reported(files, place):
    """It should not leave a file unread in silence."""
    path = files.home / place
    path.parent.mkdir(exist_ok=True)
    shutil.copy(EXAMPLE, path)
    assert lines(load(files.home)) == [
        f"{place}: no pipeline reads this folder. Move the file into {', '.join(f'{one}/' for one in MODELS)}."
    ]


def test_other_files_are_nobodys_business(files):
    """It should not read what is no YAML."""
    files.write("README.md", "a: [")
    files.write("orders.yaml.bak", "a: [")
    assert lines(load(files.home)) == []


def test_unreadable_files_are_reported(files):
    """It should report a file that is not text, is gone, or is far too large."""
    (files.home / "aurora_recovery" / "a.yaml").write_bytes(b"\xff\xfe\x00")
    files.write("b.yaml", "#" * (FILE_LIMIT + 1))
    found = lines(load(files.home))
    assert "a.yaml: it cannot be read" in found[0]
    assert f"b.yaml: it is not YAML: it is larger than {FILE_LIMIT} bytes" in found[1]


def test_a_missing_folder_is_an_error(tmp_path, monkeypatch):
    """It should say that nothing was loaded instead of running nothing in silence."""
    assert (
        "there is no such folder. Create it, or name another in SWITCHYARD_PIPELINES"
        in lines(load(tmp_path / "x"))[0]
    )
    monkeypatch.setenv(places.PIPELINES_VARIABLE, str(tmp_path / "y"))
    assert f"{tmp_path / 'y'}: there is no such folder" in lines(load())[0]


def test_the_folder_may_be_named(files, monkeypatch):
    """It should load from the folder that the variable names."""
    files.example("people.yaml")
    monkeypatch.setenv(places.PIPELINES_VARIABLE, str(files.home))
    assert [instance.name for instance in load().instances] == ["people"]


def test_the_folder_may_lie_inside_dags(tmp_path, monkeypatch):
    """It should find include/ in the DAG folder, where managed Airflow puts it."""
    deployment = tmp_path / "deployment"
    module = deployment / "plugins" / "switchyard" / "configuration" / "places.py"
    monkeypatch.setattr(places, "__file__", str(module))
    monkeypatch.delenv(places.PIPELINES_VARIABLE, raising=False)
    monkeypatch.delenv(places.INCLUDE_VARIABLE, raising=False)
    monkeypatch.delenv(places.DAGS_VARIABLE, raising=False)
    assert places.pipelines_folder() is None
    home = deployment / "dags" / "include" / "pipelines"
    shutil.copytree(EXAMPLE.parents[1], home)
    shutil.copytree(REPOSITORY / "include" / "sql", home.parent / "sql")
    assert places.pipelines_folder() == home
    sanity = PurePosixPath("aurora_recovery", "sanity")
    assert places.sql_folder(home, sanity) == home.parent / "sql" / "aurora_recovery" / "sanity"
    assert [instance.name for instance in load().instances] == [
        path.stem for name in MODELS for path in sorted((EXAMPLE.parents[1] / name).glob("*.yaml"))
    ]


def test_account_numbers_need_no_quotation_marks(files):
    """It should read an account as its digits, leading zeros included."""
    text = EXAMPLE.read_text(encoding="utf-8")
    files.write("orders.yaml", text.replace('"111111111111"', "111111111111"))
    assert load(files.home).instances[0].source.account_id == "111111111111"
    zeros = text.replace('"222222222222"', "022222222222").replace(":222222222222:", ":022222222222:")
    files.write("orders.yaml", zeros)
    assert load(files.home).instances[0].target.account_id == "022222222222"


def test_words_stay_words(files):
    """It should not turn names into truth values or dates, as older YAML does."""
    files.example(set={"owner": "x", "description": "y"})
    path = files.home / "aurora_recovery" / "orders.yaml"
    path.write_text(
        path.read_text(encoding="utf-8")
        .replace("owner: x", "owner: no")
        .replace("description: y", "description: 2026-01-31"),
        encoding="utf-8",
    )
    instance = load(files.home).instances[0]
    assert (instance.owner, instance.description) == ("no", "2026-01-31")
