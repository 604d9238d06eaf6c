"""Settings that must stand before the first import of Airflow, and the sandbox's fixtures."""

import os
import tempfile
from pathlib import Path

import pytest

# Airflow writes its settings and a database where it believes to be at home, at import.
os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="switchyard-airflow-")
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__CORE__UNIT_TEST_MODE"] = "True"
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"

pytest_plugins = ["sandbox.testing"]

ONE_STACK = "system"
LONGEST_FIRST = (ONE_STACK, "pipelines", "operators", "sandbox")
"""Folders in the order in which several processes take up their tests, so that none is left alone with a long one."""


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items):
    """Give each file's tests to one process, for the sake of their fixtures, and those of one stack together."""
    for item in items:
        folder = _folder(item)
        item.add_marker(pytest.mark.xdist_group(ONE_STACK if folder == ONE_STACK else str(item.path)))
    items.sort(key=lambda item: LONGEST_FIRST.index(_folder(item)) if _folder(item) in LONGEST_FIRST else 99)


def _folder(item):
    return item.path.relative_to(Path(__file__).parent).parts[0]
