"""Every way to get a configuration file wrong that came to mind, with the one error it yields."""

import re
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml

from switchyard.aurora_recovery.untrusted import shorten
from switchyard.configuration.loader import load
from tests.configuration.conftest import EXAMPLES, Files
from tests.support import figures


def broken(pipeline):
    """The pipeline's corpus of broken files."""
    corpus = Path(__file__).with_name(f"bad_{pipeline}.yaml").read_text(encoding="utf-8")
    return [pytest.param(pipeline, case, id=case["case"]) for case in yaml.safe_load(corpus)]


def value_at(case):
    """Find what the case wrote into the field the error must name."""
    for place, value in case.get("set", {}).items():
        path = re.sub(r"\.(\d+)", r"[\1]", place)
        if path == case["field"]:
            return [value]
        if case["field"] == f"{path}[0]":
            return [value[0]]
    return []


@pytest.fixture(scope="module")
def tallies():
    """What counts the cases of each pipeline."""
    with ExitStack() as counting:
        yield {
            name: counting.enter_context(figures.tally("bad-input", kind=f"configuration of {name}"))
            for name in EXAMPLES
        }


@pytest.fixture
def tally(tallies, pipeline):
    return tallies[pipeline]


@pytest.mark.parametrize(("pipeline", "case"), [one for name in EXAMPLES for one in broken(name)])
def test_broken_file_yields_one_error_that_helps(pipeline, case, tmp_path, tally):
    """It should name the file, the field, the value, what is wrong and what to do, and run nothing."""
    with tally.case():
        require_one_error(pipeline, case, tmp_path)


def require_one_error(pipeline, case, tmp_path):
    files = Files(tmp_path, pipeline)
    file = f"{pipeline}/{EXAMPLES[pipeline].name}"
    if "text" in case:
        files.write(EXAMPLES[pipeline].name, case["text"])
    else:
        files.example(set=case.get("set"), drop=case.get("drop"))
    loaded = load(files.home)
    assert loaded.instances == ()
    assert len(loaded.errors) == 1, [str(error) for error in loaded.errors]
    error = loaded.errors[0]
    problem, remedy = case["says"]
    assert (error.file, error.field) == (file, case["field"])
    assert problem in error.problem
    assert remedy in error.remedy
    for value in () if case.get("hidden") else value_at(case):
        if value is not None and not isinstance(value, list):
            assert error.value == value
            assert f"{file}: {case['field']} = {shorten(value)!r}: " in str(error)
    assert not case.get("hidden") or case["hidden"] not in str(error)
    assert str(error).isprintable()
