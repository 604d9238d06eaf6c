"""The databases of a local deployment: Airflow's metadata and the ledger, empty at every start."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from demo.airflow_settings import REPOSITORY, Deployment, Secrets, environment
from demo.postgres import ADMIN, PostgresServer
from demo.processes import DemoError
from switchyard.ledger.schema import upgrade

AIRFLOW = "airflow"
LEDGER = "ledger"
UNFINISHED = "airflow_unfinished"


def prepare(postgres: PostgresServer, home: Path, say: Callable[[str], None]) -> None:
    """Make both databases anew.

    Raises:
        DemoError: Airflow could not create its tables; the message is its own.
    """
    template = f"airflow_{version('apache-airflow')}"
    if not postgres.has_database(template):
        say("Creating Airflow's tables, once for all later starts")
        _make_template(postgres, home, template)
    postgres.create_database(AIRFLOW, template=template, replace=True)
    postgres.create_database(LEDGER, replace=True)
    upgrade(postgres.dsn(LEDGER))


def airflow_url(postgres: PostgresServer, database: str = AIRFLOW) -> str:
    """SQLAlchemy's URL of Airflow's metadata database."""
    return f"postgresql+psycopg2://{ADMIN}:{postgres.password}@127.0.0.1:{postgres.port}/{database}"


def _make_template(postgres: PostgresServer, home: Path, template: str) -> None:
    """Migrate a database that later starts copy: migrating takes seconds, copying none."""
    postgres.create_database(UNFINISHED, replace=True)
    deployment = Deployment(
        home=home, dags={"none": home}, database_url=airflow_url(postgres, UNFINISHED), port=0
    )
    done = subprocess.run(
        [sys.executable, "-m", "airflow", "db", "migrate"],
        env=environment(deployment, Secrets.generate()),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise DemoError(f"Airflow could not create its tables: {done.stderr.strip()[-2000:]}")
    postgres.rename_database(UNFINISHED, template)
