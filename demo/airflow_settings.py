"""Environment variables that make an Airflow deployment of this repository, tuned for one small machine."""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
IMPORTABLE = (REPOSITORY / "plugins", REPOSITORY / "demo" / "preload")
USERNAME, APPROVER = "admin", "alice"
"""Users: the administrator, and somebody who may answer what runs ask."""

PASSWORDS_FILE = "passwords.json"

# A person's own AWS credentials and Airflow settings must never reach the processes of the demo.
FOREIGN = ("AWS_", "AIRFLOW", "SWITCHYARD_", "PYTHONPATH", "VIRTUAL_ENV", "BOTO_")


@dataclass(frozen=True)
class Deployment:
    """What differs from one local deployment to another.

    Attributes:
        home: folder for everything that the deployment writes.
        dags: folders of DAG files by the name of their bundle.
        database_url: SQLAlchemy URL of the metadata database.
        port: of UI and API.
        connections: Airflow connections by id, as Airflow's JSON form.
        extra: further environment variables.
    """

    home: Path
    dags: Mapping[str, Path]
    database_url: str
    port: int
    connections: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Address of UI and API."""
        return f"http://127.0.0.1:{self.port}"


@dataclass(frozen=True)
class Secrets:
    """Secrets that all components share, and the passwords of the users by their names."""

    passwords: Mapping[str, str]
    fernet_key: str
    jwt_secret: str
    secret_key: str

    @classmethod
    def generate(cls) -> Secrets:
        """New random secrets."""
        return cls(
            passwords={name: secrets.token_urlsafe(9) for name in (USERNAME, APPROVER)},
            fernet_key=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            jwt_secret=secrets.token_urlsafe(48),
            secret_key=secrets.token_urlsafe(32),
        )


def environment(deployment: Deployment, shared: Secrets) -> dict[str, str]:
    """All environment variables of every component."""
    settings = _core(deployment, shared) | _pace()
    variables = {f"AIRFLOW__{name.upper()}": str(value) for name, value in settings.items()}
    connections = {
        f"AIRFLOW_CONN_{conn_id.upper()}": json.dumps(connection)
        for conn_id, connection in deployment.connections.items()
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return {
        **inherited,
        **variables,
        **connections,
        "AIRFLOW_HOME": str(deployment.home / "home"),
        "PYTHONPATH": os.pathsep.join(map(str, IMPORTABLE)),
        "PYTHONUNBUFFERED": "1",
        "SCARF_ANALYTICS": "false",
        **deployment.extra,
    }


def _core(deployment: Deployment, shared: Secrets) -> dict[str, object]:
    bundles = [
        {
            "name": name,
            "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
            "kwargs": {"path": str(folder)},
        }
        for name, folder in deployment.dags.items()
    ]
    return {
        "database__sql_alchemy_conn": deployment.database_url,
        "core__executor": "LocalExecutor",
        "core__parallelism": 4,
        "core__load_examples": False,
        "core__dags_folder": next(iter(deployment.dags.values())),
        "core__plugins_folder": REPOSITORY / "plugins",
        "core__fernet_key": shared.fernet_key,
        "core__execution_api_server_url": f"{deployment.url}/execution/",
        "core__simple_auth_manager_users": f"{USERNAME}:admin,{APPROVER}:op",
        "core__simple_auth_manager_passwords_file": deployment.home / PASSWORDS_FILE,
        "api__host": "127.0.0.1",
        "api__port": deployment.port,
        "api__base_url": deployment.url,
        "api__workers": 1,
        "api__secret_key": shared.secret_key,
        "api_auth__jwt_secret": shared.jwt_secret,
        "dag_processor__dag_bundle_config_list": json.dumps(bundles),
        "logging__base_log_folder": deployment.home / "task-logs",
    }


def _pace() -> dict[str, object]:
    """Seconds between the looks that the components take; the defaults are made for large deployments."""
    return {
        "scheduler__scheduler_idle_sleep_time": 0.2,
        "scheduler__job_heartbeat_sec": 2,
        "core__min_serialized_dag_update_interval": 2,
        "scheduler__trigger_timeout_check_interval": 5,
        "scheduler__task_instance_heartbeat_timeout": 60,
        # A worker may notice only at its next heartbeat that a task has ended. If the task deferred and its wait
        # is over by then, the scheduler takes the late news for a failure of the resumed task, and retries it.
        "workers__min_heartbeat_interval": 1,
        "triggerer__job_heartbeat_sec": 2,
        "dag_processor__refresh_interval": 5,
        "dag_processor__bundle_refresh_check_interval": 2,
        # A file that changes is parsed at once; this is the time until a change beside it, such as of a pipeline's
        # configuration, is noticed. Parsing them all takes five seconds of a core.
        "dag_processor__min_file_process_interval": 60,
        "dag_processor__parsing_processes": 1,
    }
