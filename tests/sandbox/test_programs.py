import re

import pytest

from sandbox import programs
from sandbox.engines import MissingProgram, locate
from sandbox.errors import SandboxError


@pytest.fixture
def nothing_installed(monkeypatch, tmp_path):
    def nowhere(program):
        raise MissingProgram(program, f"package-of-{program}")

    monkeypatch.setattr(locate, "locate", nowhere)
    monkeypatch.setattr(locate, "locate_postgres", nowhere)
    monkeypatch.setenv("SWITCHYARD_LUCENE_JARS", str(tmp_path))


def test_installed_engines_have_no_problem():
    """It should find the programs of all engines on this machine."""
    assert programs.problems() == []


@pytest.mark.parametrize(
    ("engine", "problem"),
    [
        ("mysql", "Aurora MySQL clusters cannot run here: mariadbd is not installed. .*package-of-mariadbd"),
        ("search", "OpenSearch domains cannot run here: Lucene 8 .* is not installed. .*liblucene8-java"),
        (
            "postgres",
            "Aurora PostgreSQL clusters cannot run here: postgres is not installed. .*package-of-postgres",
        ),
    ],
)
def test_missing_program_names_its_package(nothing_installed, engine, problem):
    """It should name the engine, the program and the package to install."""
    assert re.match(problem, programs.missing(engine))


def test_world_says_what_to_install(engines_sandbox, nothing_installed):
    """It should not begin a world whose databases cannot run."""
    with pytest.raises(SandboxError, match="mariadbd is not installed"):
        engines_sandbox.seed("orders")
    assert engines_sandbox.calls() == []


def test_engine_elsewhere_needs_no_lucene_here(nothing_installed, monkeypatch):
    """It should ask for no search engine on this machine where a real OpenSearch is named."""
    monkeypatch.setenv("SWITCHYARD_SANDBOX_OPENSEARCH_URL", "https://127.0.0.1:9200")
    assert programs.missing("search") is None
