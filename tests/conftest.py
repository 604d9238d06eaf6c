"""Settings that must stand before the first import of Airflow, and the sandbox's fixtures."""

import gc
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

# Airflow writes its settings and a database where it believes to be at home, at import.
os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="switchyard-airflow-")
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__CORE__PLUGINS_FOLDER"] = str(Path(__file__).parents[1] / "plugins")
os.environ["AIRFLOW__CORE__UNIT_TEST_MODE"] = "True"
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"

# A slow machine is no fault of what is tested: speed is measured in benchmarks alone.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

pytest_plugins = ["sandbox.testing", "tests.support.servers"]

LONGEST_FIRST = ("system", "pipelines", "operators", "sandbox")
"""Folders in the order in which several processes take up their tests, so that none is left alone with a long one."""


def pytest_collection_modifyitems(items):
    """Begin with the tests that take longest."""
    items.sort(key=lambda item: LONGEST_FIRST.index(_folder(item)) if _folder(item) in LONGEST_FIRST else 99)


def pytest_collection_finish():
    """Pass over what the imports made when garbage is looked for: it is millions of objects, and all of it stays."""
    gc.collect()
    gc.freeze()


def _folder(item):
    return item.path.relative_to(Path(__file__).parent).parts[0]


STACK_OF_ITS_OWN = "tests/system/test_celery.py"


class FilesAndOneStack(LoadScopeScheduling):
    """Gives each file's tests to one process, for the sake of their fixtures, and those of the one stack together."""

    def _split_scope(self, nodeid):
        file = nodeid.partition("::")[0]
        return "system" if file.startswith("tests/system/") and file != STACK_OF_ITS_OWN else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Spread the tests as above, where nothing else is asked for."""
    return FilesAndOneStack(config, log) if config.getoption("dist") == "loadscope" else None
