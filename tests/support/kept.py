"""All that a stack keeps and shows, to be searched for what must not be there: databases, logs, pages."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Iterable
from contextlib import suppress
from email.message import EmailMessage
from typing import Any
from urllib.parse import quote

from demo.airflow_api import AirflowApi, AirflowError
from demo.stack import Stack
from sandbox.engines.locate import locate_postgres

OF_AWS = ("sandbox.log",)
"""Logs of what stands for AWS, which holds its customers' data."""
LISTS = (
    "importErrors",
    "eventLogs?limit=100",
    "connections?limit=100",
    "variables?limit=100",
    "plugins?limit=100",
    "dagWarnings?limit=100",
    "assets/events?limit=100",
    "dags/~/dagRuns/~/hitlDetails?limit=100",
    "dags/~/dagRuns/~/taskInstances?limit=100",
    "dags/~/dagRuns/~/taskInstances/~/xcomEntries?limit=100",
)
"""What Airflow's pages are made of, beside what its database holds."""


def everything(stack: Stack) -> dict[str, str]:
    """Airflow's database, the ledger and what tasks and Airflow's components have logged, by name."""
    airflow = stack.environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].replace("+psycopg2", "")
    dumps = {"Airflow's database": dump(airflow), "the ledger": dump(stack.ledger_dsn)}
    files = [*(stack.home / "task-logs").rglob("*.log"), *(stack.home / "log").glob("*.log")]
    return dumps | {str(path): path.read_text(errors="replace") for path in files if path.name not in OF_AWS}


def dump(dsn: str) -> str:
    """All that a database of PostgreSQL holds, as text."""
    program = locate_postgres("pg_dump")
    return subprocess.run([program, "--dbname", dsn], capture_output=True, text=True, check=True).stdout


def shown(stack: Stack, api: AirflowApi, runs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The summary of each run as a person's browser gets it, and what Airflow's own pages are made of."""
    pages = {f"page of {dag_id} {run_id}": _page(stack, dag_id, run_id) for dag_id, run_id in runs}
    for path in LISTS:
        with suppress(AirflowError):  # some releases do not have them all
            pages[f"list of {path.partition('?')[0]}"] = json.dumps(api.get(path))
    return pages


def written_in(letter: EmailMessage) -> str:
    """Headers and text of a mail, as a person reads them."""
    parts = [part.get_content() for part in letter.walk() if not part.is_multipart()]
    return "\n".join([*map(str, letter.values()), *parts])


def secrets(stack: Stack, places: Iterable[tuple[str, str]]) -> set[str]:
    """Every password and key that the stack works with, in small letters: Airflow's own and those of the databases.

    Args:
        stack: the stack.
        places: accounts and Regions, whose secrets are read.
    """
    found = {*stack.passwords.values()}
    for name, value in stack.environment.items():
        if name.startswith("AIRFLOW__") and name.endswith(("FERNET_KEY", "SECRET_KEY", "JWT_SECRET")):
            found.add(value)
        if name.startswith("AIRFLOW_CONN_"):
            found.add(json.loads(value).get("password") or "")
    for account, region in places:
        client = stack.sandbox.client().client("secretsmanager", account, region)
        for page in client.get_paginator("list_secrets").paginate():
            for one in page["SecretList"]:
                text = client.get_secret_value(SecretId=one["ARN"]).get("SecretString", "")
                with suppress(ValueError):
                    found.add(json.loads(text).get("password") or "")
    return {one.lower() for one in found if len(one) >= 8}


def _page(stack: Stack, dag_id: str, run_id: str) -> str:
    login = json.dumps({"username": stack.username, "password": stack.password}).encode()
    token = _read(stack, "/auth/token", {"Content-Type": "application/json"}, login)
    headers = {"Authorization": f"Bearer {json.loads(token)['access_token']}"}
    return _read(stack, f"/switchyard/runs/{quote(dag_id)}/{quote(run_id, safe='')}", headers)


def _read(stack: Stack, path: str, headers: dict[str, Any], body: bytes | None = None) -> str:
    request = urllib.request.Request(f"{stack.url}{path}", data=body, headers=headers)  # noqa: S310 - our own Airflow
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        text: str = answer.read().decode()
        return text
