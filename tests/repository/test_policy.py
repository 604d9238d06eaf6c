"""Rules of the repository that no linter knows."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
THIS_FILE = Path(__file__).relative_to(REPOSITORY)
ALLOWED_IN_DAGS = {"airflow", "pendulum", "switchyard"}

OWN = {"switchyard", "sandbox", "demo", "deploy", "tests", "benchmarks", "resilience", "scripts"}
DISTRIBUTIONS = {
    "aiobotocore": "apache-airflow-providers-amazon",  # its extra
    "airflow": "apache-airflow",
    "cfnlint": "cfn-lint",
    "jpype": "jpype1",
    "openlineage": "apache-airflow-providers-openlineage",
    "opentelemetry": "opentelemetry-proto",
    "psycopg2": "psycopg2-binary",
    "pydantic_core": "pydantic",
    "xdist": "pytest-xdist",
    "yaml": "pyyaml",
}

# What must stand in no file.
FORBIDDEN = {
    "a machine's path": re.compile(rf"/(?:root|home/\w+)/|{re.escape(str(REPOSITORY))}\b"),
    "unfinished work": re.compile(r"\b(?:TODO|FIXME|XXX)\b"),
}
SETUP_FILES = ["Makefile", "scripts", ".ci", "pyproject.toml", "requirements.*", ".pre-commit-config.yaml"]


def tracked(*patterns):
    """Paths of the files that git tracks or would add, relative to the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=REPOSITORY, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [Path(name) for name in listed.stdout.split("\0") if name and (REPOSITORY / name).is_file()]


def parse(path):
    return ast.parse((REPOSITORY / path).read_text(), str(path))


def imported(tree):
    """Top-level names of the packages that a module imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_forbidden_words(what):
    """It should name no machine and leave no unfinished work in any file."""
    found = []
    for path in tracked():
        if path == THIS_FILE:
            continue
        try:
            lines = (REPOSITORY / path).read_text().splitlines()
        except UnicodeDecodeError:
            continue
        found += [f"{path}:{number}" for number, line in enumerate(lines, 1) if FORBIDDEN[what].search(line)]
    assert found == []


def test_setup_names_no_host():
    """It should reach package registries by their tools' own settings alone."""
    named = {str(path) for path in tracked(*SETUP_FILES) if "://" in (REPOSITORY / path).read_text()}
    assert named == set()


@pytest.mark.parametrize("path", tracked("dags/*.py"), ids=str)
def test_dag_files_are_wiring(path):
    """It should find no logic in a DAG file: no functions, classes, conditions on data, or other packages."""
    tree = parse(path)
    logic = (
        ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.While, ast.Try, ast.Match,
    )  # fmt: skip
    assert [f"line {node.lineno}" for node in ast.walk(tree) if isinstance(node, logic)] == []
    assert set(imported(tree)) <= ALLOWED_IN_DAGS
    assert ast.get_docstring(tree), "the docstring is the DAG's documentation"


def test_there_are_dag_files():
    """It should have something to look at in the test above."""
    assert tracked("dags/*.py")


def test_production_code_does_not_sleep():
    """It should wait in the triggerer, not in a worker."""
    sleeping = [
        f"{path}:{node.lineno}"
        for path in tracked("plugins/*.py", "dags/*.py")
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Attribute) and node.attr == "sleep"
        if isinstance(node.value, ast.Name) and node.value.id == "time"
    ]
    assert sleeping == []


def test_every_dependency_is_explained():
    """It should have one line in docs/dependencies.md for each direct dependency, and none for others."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"]]
    for group in project["dependency-groups"].values():
        wanted += [entry for entry in group if isinstance(entry, str)]
    explained = re.findall(
        r"^\| `([^`]+)` \|", (REPOSITORY / "docs" / "dependencies.md").read_text(), re.MULTILINE
    )
    assert sorted(explained) == sorted(re.match(r"[\w.-]+", each)[0] for each in wanted)


def test_every_import_is_a_direct_dependency():
    """It should not lean on packages that are only there because another one needs them."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    groups = {name: _names(entries) for name, entries in project["dependency-groups"].items()}
    runtime = _names(project["project"]["dependencies"])
    assert _packages("plugins/*.py", "dags/*.py") <= runtime
    assert _packages("sandbox/*.py") - {"pytest"} <= runtime | groups["sandbox"]
    everything = runtime.union(*groups.values())
    elsewhere = ("demo/*.py", "benchmarks/*.py", "resilience/*.py", "tests/*.py", "scripts/*.py")
    assert _packages(*elsewhere) <= everything


def _names(entries):
    return {re.match(r"[\w.-]+", entry)[0] for entry in entries if isinstance(entry, str)}


def _packages(*patterns):
    """Distributions that files import."""
    modules = {name for path in tracked(*patterns) for name in imported(parse(path))}
    return {DISTRIBUTIONS.get(module, module) for module in modules - OWN - sys.stdlib_module_names}


def test_lock_holds_every_dependency_with_hashes():
    """It should pin what pyproject.toml names, and carry a hash for each pin."""
    lock = (REPOSITORY / "requirements.lock").read_text()
    pins = re.findall(r"^([\w.-]+)==\S+.*\\\n +--hash=sha256:", lock, re.MULTILINE)
    assert len(pins) == len(re.findall(r"^[\w.-]+==", lock, re.MULTILINE)) > 100
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    direct = project["project"]["dependencies"]
    assert {re.match(r"[\w.-]+", each)[0] for each in direct} <= set(pins)


def test_managed_airflow_gets_the_locked_versions():
    """It should pin in requirements.txt exactly what the lock pins, without what only tests need."""

    def pins(name):
        return set(re.findall(r"^[\w.-]+==[^\s\\;]+", (REPOSITORY / name).read_text(), re.MULTILINE))

    runtime = pins("requirements.txt")
    assert runtime < pins("requirements.lock")
    assert not [pin for pin in runtime if pin.startswith(("moto", "pytest", "mypy", "selenium"))]


def test_readme_names_the_commands():
    """It should tell a newcomer the commands that matter."""
    readme = (REPOSITORY / "README.md").read_text()
    for command in ("make demo", "make test", "make check"):
        assert command in readme


def test_readme_links_lead_somewhere():
    """It should not point at files that do not exist."""
    for page in tracked("*.md"):
        text = (REPOSITORY / page).read_text()
        links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text)
        assert [link for link in links if not (REPOSITORY / page.parent / link).exists()] == [], str(page)


def test_ci_runs_what_developers_run():
    """It should have no second list of checks in .ci/run or in the Makefile."""
    ci = [
        line
        for line in (REPOSITORY / ".ci" / "run").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    assert ci[-2:] == ["make check", "make test"]
    makefile = (REPOSITORY / "Makefile").read_text()
    assert "pre-commit run --all-files" in makefile
    hooks = yaml.safe_load((REPOSITORY / ".pre-commit-config.yaml").read_text())["repos"]
    assert [repository["repo"] for repository in hooks] == ["local"], (
        "hooks come from the lock, not from elsewhere"
    )


def test_make_lists_its_targets():
    """It should explain every target when make is called alone."""
    listed = subprocess.run(
        ["make", "help"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout
    targets = re.findall(r"^\.PHONY: (.*)$", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)[0].split()
    assert re.findall(r"make (\w+)", listed) == targets


def test_tests_say_what_they_expect():
    """It should begin every test's docstring with "It should", and match each error's message or keep the error."""
    silent, unmatched = [], []
    for path in tracked("tests/*.py"):
        nodes = list(ast.walk(parse(path)))
        kept = {node.context_expr for node in nodes if isinstance(node, ast.withitem) and node.optional_vars}
        for node in nodes:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                silent += [] if _promises(node) else [f"{path}:{node.lineno}"]
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.raises" and node not in kept:
                unmatched += [] if _matches(node) else [f"{path}:{node.lineno}"]
    assert silent == []
    assert unmatched == []


def _promises(test):
    return (ast.get_docstring(test) or "").startswith("It should")


def _matches(call):
    # What ends a step without being an error has no message.
    signals = {"Killed", "KeyboardInterrupt", "TaskAwaitingInput", "TaskDeferred"}
    looks = {"match", "check"} & {keyword.arg for keyword in call.keywords}
    return bool(looks) or ast.unparse(call.args[0]) in signals
