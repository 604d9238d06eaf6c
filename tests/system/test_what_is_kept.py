"""What the whole stack keeps and shows of all the runs before: no password, no key and no value of a row."""

from __future__ import annotations

import json
from contextlib import closing

import pytest

from demo import account
from demo.aurora_recovery import POINT, SOURCE, TARGET
from demo.clients import database
from sandbox.identity import ISSUED_HERE
from tests.support import figures, kept, planted
from tests.system.test_deadlines import TARGET as ALERTED
from tests.system.test_deadlines import TOPIC, operations, subscribed
from tests.system.test_waiting import until

PARSED_SECONDS, RUN_SECONDS = 150, 300
LOGIN = "switchyard/orders/login"
CRASHING = "crashing"
BROKEN = "zq-broken-login-of-orders"
TABLES = ("customer", "staff", "address")
EMAILS = "SELECT DISTINCT c_email_address FROM customer WHERE c_email_address IS NOT NULL"
CLUSTERS = {
    "orders": planted.statements(TABLES),
    "customers": planted.statements(TABLES),
    "retail-mysql": [EMAILS],
}
"""What is personal data in the databases of the worlds, as far as tests before have seeded them."""


@pytest.fixture(scope="module")
def failed_run(stack, api, orders):
    """A run that fails as its login is broken, which holds a password all the same."""
    account.wait_for_dag(api, POINT, seconds=PARSED_SECONDS)
    api.unpause(POINT)
    secrets = stack.sandbox.client().client("secretsmanager", *SOURCE)
    good = secrets.get_secret_value(SecretId=LOGIN)["SecretString"]
    secrets.put_secret_value(
        SecretId=LOGIN, SecretString=f'{{"username": "switchyard", "password": "{BROKEN}"'
    )
    try:
        run_id = api.trigger(POINT)
        assert api.wait_for_run(POINT, run_id, seconds=RUN_SECONDS)["state"] == "failed"
    finally:
        secrets.put_secret_value(SecretId=LOGIN, SecretString=good)
    return run_id


@pytest.fixture(scope="module")
def told(stack, api, failed_run, mail):
    """What the end and the lateness of a run tell people, whose tasks die with a password in their hands."""
    sandbox = stack.sandbox.client()
    alerts = subscribed(sandbox, ALERTED, TOPIC, "kept-alerts")
    notices = subscribed(sandbox, *operations(sandbox), "kept-notices")
    account.wait_for_dag(api, CRASHING, seconds=PARSED_SECONDS)
    api.unpause(CRASHING)
    run_id = api.trigger(CRASHING)
    assert api.wait_for_run(CRASHING, run_id, seconds=RUN_SECONDS)["state"] == "failed"

    def letters():
        return [one for one in map(kept.written_in, list(mail.messages)) if run_id in one]

    until(letters, "the mail has come")
    published = until(alerts, "the alert has come")
    heard = []
    until(lambda: len(heard.extend(notices()) or heard) == 2, "end and lateness are published")
    return {"mail": "\n".join(letters()), "alerts": "\n".join([*published, *heard])}


@pytest.fixture(scope="module")
def unwanted(stack, failed_run, told):
    """Values of rows, passwords and keys, in small letters."""
    passwords = kept.secrets(stack, (SOURCE, TARGET)) | {BROKEN, ISSUED_HERE.lower()}
    values = set()
    rds = stack.sandbox.client().client("rds", *SOURCE)
    there = {one["DBClusterIdentifier"] for one in rds.describe_db_clusters()["DBClusters"]}
    for cluster in CLUSTERS.keys() & there:
        opened = database(stack.sandbox, *SOURCE, cluster).connect()
        with closing(opened) as connection, connection.cursor() as cursor:
            for statement in CLUSTERS[cluster]:
                cursor.execute(statement)
                values |= planted.distinct(cursor.fetchall())
    assert len(passwords) > 8
    assert len(values) > 1_000
    return {"passwords and keys": passwords, "values of rows": values}


def test_nothing_is_kept_that_must_not_be(stack, api, metrics, lineage, told, unwanted):
    """It should hold none in any table, log, page, metric, event of lineage, mail and alert, also of what has died."""
    runs = [
        (dag["dag_id"], run["dag_run_id"])
        for dag in api.get("dags?limit=100")["dags"]
        for run in api.runs(dag["dag_id"])
    ]
    texts = kept.everything(stack)
    places = {
        "tables of Airflow": texts.pop("Airflow's database"),
        "tables of the ledger": texts.pop("the ledger"),
        "logs of tasks and components": "\n".join(texts.values()),
        "pages and the API": "\n".join(kept.shown(stack, api, runs).values()),
        "metrics": "\n".join(json.dumps(vars(one)) for one in list(metrics.samples)),
        "lineage": "\n".join(map(json.dumps, list(lineage.events))),
    }
    assert [name for name, text in places.items() if POINT not in text] == []
    places |= told
    assert [name for name, text in places.items() if CRASHING not in text] == []
    said = ("the secret is not JSON", "letters in hand", "terminated by signal")
    assert [one for one in said if one not in places["logs of tasks and components"]] == []
    found = {
        (name, kind): planted.found_in(text, wanted)
        for name, text in places.items()
        for kind, wanted in unwanted.items()
    }
    for name, text in places.items():
        sought = sum(map(len, unwanted.values()))
        lost = sum(len(some) for (place, _), some in found.items() if place == name)
        figures.record("secrets", place=name, searched_for=sought, characters=len(text), lost=lost)
    assert {place: some for place, some in found.items() if some} == {}
