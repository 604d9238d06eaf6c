from __future__ import annotations

import pickle
import subprocess
import sys

import pytest

from switchyard.errors import BadInput, CheckFailed, NotAllowed, StepFailed, SwitchyardError


def test_bad_input_names_field_value_problem_and_remedy():
    """It should read as field, value, problem, remedy."""
    with pytest.raises(
        ValueError, match=r"^retention\.keep is 0: it must be at least 1\. Set it to 1 or more\.$"
    ) as caught:
        raise BadInput("retention.keep", 0, "it must be at least 1", "Set it to 1 or more.")
    assert isinstance(caught.value, SwitchyardError)


@pytest.mark.parametrize("kind", [StepFailed, CheckFailed, NotAllowed])
def test_refusals_end_in_the_remedy(kind):
    """It should say what, what was found, and end in what to do."""
    with pytest.raises(SwitchyardError, match=r"^copy orders: it is failed\. Delete it\.$"):
        raise kind("copy orders", "it is failed", "Delete it")


@pytest.mark.parametrize("error", [BadInput("a", 1, "b", "c"), StepFailed("a", "b", "c")])
def test_errors_survive_pickling(error):
    """It should keep its message and fields when it crosses a process border."""
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (str(copy), copy.remedy) == (str(error), "c")


def test_errors_need_no_airflow():
    """It should be importable without pulling in Airflow or botocore."""
    code = "import sys, switchyard.errors; print([m for m in ('airflow', 'botocore') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd="plugins", check=True
    )
    assert done.stdout.strip() == "[]"
