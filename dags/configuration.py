"""Shows errors of configuration files in the Airflow UI; it defines no DAG.

The other DAG files leave a pipeline out whose file has errors, and run the healthy ones. This file raises those
errors, so that Airflow's banner of import errors names each of them with its file, field, value and remedy. The
banner goes away when the files are correct.
"""

from switchyard.configuration.loader import load
from switchyard.pipelines.notices import require_notifiers

loaded = load()
loaded.require_no_errors()
require_notifiers(loaded.instances)
