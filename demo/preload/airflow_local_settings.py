"""Read by Airflow wherever it starts: the components that fork a process per task or DAG file import the plugin first.

What is imported before the fork is there after it, which spares each of these processes a second of a core. A change of
the plugin is seen after a restart of the component; DAG files are read anew each time, as ever.
"""

import importlib
import pkgutil
import sys

__all__ = ()

FORKING = ("scheduler", "dag-processor")
PACKAGES = ("switchyard.operators", "switchyard.pipelines")

if any(component in sys.argv for component in FORKING):
    for name in PACKAGES:
        for module in pkgutil.walk_packages(importlib.import_module(name).__path__, f"{name}."):
            importlib.import_module(module.name)
