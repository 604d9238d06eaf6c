"""Every way to get a configuration file wrong that came to mind, with the one error it yields."""

from pathlib import Path

import pytest
import yaml

from switchyard.configuration.loader import load

BROKEN = yaml.safe_load(Path(__file__).with_name("bad_files.yaml").read_text(encoding="utf-8"))


def value_at(case):
    """Find what the case wrote into the field the error must name."""
    for path, value in case.get("set", {}).items():
        if path == case["field"]:
            return [value]
        if case["field"] == f"{path}[0]":
            return [value[0]]
    return []


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case["case"])
def test_broken_file_yields_one_error_that_helps(case, files):
    """It should name the file, the field, the value, what is wrong and what to do, and run nothing."""
    if "text" in case:
        files.write("orders.yaml", case["text"])
    else:
        files.example(set=case.get("set"), drop=case.get("drop"))
    loaded = load(files.home)
    assert loaded.instances == ()
    assert len(loaded.errors) == 1, [str(error) for error in loaded.errors]
    error = loaded.errors[0]
    problem, remedy = case["says"]
    assert (error.file, error.field) == ("aurora_recovery/orders.yaml", case["field"])
    assert problem in error.problem
    assert remedy in error.remedy
    for value in value_at(case):
        if not isinstance(value, list):
            assert error.value == value
            assert f"aurora_recovery/orders.yaml: {case['field']} = {value!r}: " in str(error)
