"""A drill of the recovery, as a schedule starts one, and the evidence that recoveries lay into the source's bucket."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from demo import account
from demo.airflow_api import AirflowApi
from demo.processes import DemoError
from demo.stack import Stack
from sandbox.client import Sandbox
from sandbox.seed.worlds.recovery import BUCKET, RECOVERY_REGION

RESTORE, CLUSTER = "recovery_restore__orders", "orders"
TARGET = ("target", RECOVERY_REGION)
DRILL_SECONDS = 600


def run(stack: Stack, api: AirflowApi) -> str:
    """Restore the newest recovery point once more, prove it and tear it down; return the run's id.

    Raises:
        DemoError: the drill failed, proved nothing, left something, or touched what is live.
    """
    sandbox = stack.sandbox.client()
    account.title("A drill: the newest recovery point, restored, proved and torn down")
    before = _databases(sandbox)
    drill = api.trigger(RESTORE, {"mode": "test"})
    account.line(f"Triggered {RESTORE} in mode test: {api.url}/dags/{RESTORE}/runs/{drill}")
    account.require_success(api, RESTORE, drill, seconds=DRILL_SECONDS)
    ledger = account.Ledger(stack.ledger_dsn)
    test = ledger.one("recovery_test", dag_id=RESTORE, run_id=drill)
    if (test["mode"], test["outcome"]) != ("test", "proved") or test["torn_down_at"] is None:
        raise DemoError(
            f"the drill ended as {test['outcome']} in mode {test['mode']}, not proved and torn down"
        )
    if (after := _databases(sandbox)) != before:
        raise DemoError(f"the drill began with the databases {before} and left {after}")
    checks = ledger.rows("check_result", dag_id=RESTORE, run_id=drill)
    passed = sum(check["passed"] for check in checks)
    account.line(f"{passed} of {len(checks)} checks passed on a copy; live is still {before[CLUSTER]}")
    account.line("Nothing of it is left but its evidence")
    return drill


def print_evidence(stack: Stack, runs: dict[str, str]) -> None:
    """Fetch the reports of runs from the bucket, where nobody who wrote them can change them, and say where they are.

    Args:
        stack: the stack.
        runs: run ids by what the run was.
    """
    folder = stack.home / "evidence"
    folder.mkdir(exist_ok=True)
    ledger = account.Ledger(stack.ledger_dsn)
    account.title("Evidence to show an auditor")
    for what, run_id in runs.items():
        stamp = str(ledger.one("run", dag_id=RESTORE, run_id=run_id)["stamp"])
        page = _fetched(stack.sandbox.client(), stamp, folder / f"{stamp}.html")
        account.line(f"{what}: {page}")
    account.line(
        f"from s3://{BUCKET}/evidence/{CLUSTER}/ of the source account, which the target cannot read"
    )


def _fetched(sandbox: Sandbox, stamp: str, page: Path) -> Path:
    s3 = sandbox.client("s3", "source", RECOVERY_REGION)
    page.write_bytes(s3.get_object(Bucket=BUCKET, Key=f"evidence/{CLUSTER}/{stamp}.html")["Body"].read())
    return page


def _databases(sandbox: Sandbox) -> dict[str, Any]:
    """Resource ids of the target account's clusters, by their names."""
    found = sandbox.client("rds", *TARGET).describe_db_clusters()["DBClusters"]
    return {one["DBClusterIdentifier"]: one["DbClusterResourceId"] for one in found}
