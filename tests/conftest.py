"""Settings that must stand before the first import of Airflow, and the sandbox's fixtures."""

import os
import tempfile

# Airflow writes its settings and a database where it believes to be at home, at import.
os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="switchyard-airflow-")
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__CORE__UNIT_TEST_MODE"] = "True"
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"

pytest_plugins = ["sandbox.testing"]
