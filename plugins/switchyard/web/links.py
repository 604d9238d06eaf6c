"""Links that Airflow shows on the page of a task: to what the step works on, and to the ledger's report of the run."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit

from airflow.configuration import conf
from airflow.sdk import BaseOperatorLink

SUMMARY_ROUTE = "switchyard-run"
"""Route of the run summary below the page of a run."""


class ConsoleLink(BaseOperatorLink):
    """Leads to the page of the AWS console that shows what a step works on, in its Region.

    The operator says which page that is, in ``console_url``. Airflow asks once a try ends or waits, and keeps the
    answer with the task, so that a step that waits for hours has its link from the beginning of the wait on.
    """

    name = "AWS console"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """Give the address; empty, which shows no link, where the step was skipped or made nothing."""
        return "" if _is_skipped(ti_key) else str(operator.console_url())


class LedgerLink(BaseOperatorLink):
    """Leads to the summary of the run, with what the ledger holds of it."""

    name = "Ledger report"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """Give the path on this Airflow, whichever host name a person has reached it by; empty where it was skipped."""
        del operator
        return "" if _is_skipped(ti_key) else run_summary_path(ti_key.dag_id, ti_key.run_id)


def root_path() -> str:
    """Give the path below which this Airflow is served, without its last slash; mostly empty."""
    return urlsplit(conf.get("api", "base_url", fallback="") or "").path.rstrip("/")


def run_summary_path(dag_id: str, run_id: str) -> str:
    """Give the path of a run's summary below the page of the run."""
    return f"{root_path()}/dags/{quote(dag_id, safe='')}/runs/{quote(run_id, safe='')}/plugin/{SUMMARY_ROUTE}"


def _is_skipped(instance: Any) -> bool:
    state = getattr(instance, "state", None)
    return str(getattr(state, "value", state)) == "skipped"
