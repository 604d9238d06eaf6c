"""Pipeline 3 in front of one's eyes: the register against what was planted, then a column that nobody announced."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from demo import account
from demo.airflow_api import AirflowApi
from demo.customers import Customers, Inbox, Register
from demo.processes import DemoError
from demo.stack import Stack
from sandbox.seed.exposures import Exposure
from sandbox.seed.worlds import customers
from sandbox.seed.worlds.customers_truth import CONTROLS, TRUTH

WORLD = "customers"
DISCOVERY = "sensitive_data_discovery__customers"
ADDED = Exposure("sakila", "store", "contact", "custom:EMAIL_ADDRESS")
STATEMENTS = (
    "ALTER TABLE store ADD COLUMN contact VARCHAR(80)",
    "UPDATE store SET contact = 'mary.manager@shop.example.org'",
)

PARSED_SECONDS = 120
RUN_SECONDS = 600


def run(stack: Stack) -> None:
    """Run the pipeline and print what happened.

    Raises:
        DemoError: something that should have happened did not.
    """
    account.title("Sensitive-data discovery: which columns hold what")
    stack.sandbox.client().seed(WORLD)
    audit = Audit(stack, stack.api(), Customers(stack.sandbox), Register(stack.sandbox), Inbox(stack.sandbox))
    account.line(f"Cluster {customers.PLAN.name}, database {customers.DATABASE}, with planted personal data")
    first = audit.search()
    audit.compare(TRUTH)
    audit.require_controls(first)
    audit.require_alert(TRUTH)
    second = audit.add_column()
    account.steps(account.Ledger(stack.ledger_dsn), DISCOVERY, second)
    audit.require_gone([first, second])


@dataclass(frozen=True)
class Audit:
    """Those who plant data, search for them, are alerted, and look whether the extract is gone."""

    stack: Stack
    api: AirflowApi
    database: Customers
    register: Register
    inbox: Inbox

    def search(self) -> str:
        """Run the pipeline once and return the run's id."""
        account.wait_for_dag(self.api, DISCOVERY, seconds=PARSED_SECONDS)
        self.api.unpause(DISCOVERY)
        run_id = self.api.trigger(DISCOVERY)
        account.line(f"Started {DISCOVERY}: {self.api.url}/dags/{DISCOVERY}/runs/{run_id}")
        account.require_success(self.api, DISCOVERY, run_id, seconds=RUN_SECONDS)
        return run_id

    def compare(self, truth: Collection[Exposure]) -> None:
        """Print the truth against the register, column for column.

        Raises:
            DemoError: they differ.
        """
        account.title("The register against what was planted")
        found = self.register.now()
        account.table(
            ("column", "kind of data", "planted", "registered"),
            [
                (one.place, one.detector, "yes" if one in truth else "NO", "yes" if one in found else "NO")
                for one in sorted({*truth, *found})
            ],
        )
        missed, invented = set(truth) - found, found - set(truth)
        if missed or invented:
            raise DemoError(f"the register misses {_named(missed)} and invents {_named(invented)}")
        columns = len({one.place for one in found})
        account.line(f"{len(found)} entries of {columns} columns: nothing is missed, nothing is invented")

    def require_controls(self, run_id: str) -> None:
        """Require that tables which hold nothing were searched too."""
        searched = {
            row["table_name"]
            for row in self._ledger.rows("discovery_coverage", dag_id=DISCOVERY, run_id=run_id)
            if row["objects"] and row["objects"] == row["objects_complete"]
        }
        if unseen := sorted(set(CONTROLS) - searched):
            raise DemoError(
                f"{', '.join(unseen)} were not searched whole, so that nothing found means nothing"
            )
        account.line(f"Searched whole: {len(searched)} tables and views. Nothing in {', '.join(CONTROLS)}")

    def require_alert(self, exposures: Collection[Exposure]) -> None:
        """Require one alert that names just these exposures."""
        alerts = self.inbox.read()
        named = sorted(line for alert in alerts for line in alert.split("\n")[1:])
        wanted = sorted(f"{one.schema}.{one.place}: {one.detector}" for one in exposures)
        if len(alerts) != 1 or named != wanted:
            raise DemoError(f"{len(alerts)} alerts came, which name {named} where one has to name {wanted}")
        account.line(f"One alert came: {alerts[0].partition(':')[0]}")

    def add_column(self) -> str:
        """A column comes into the database without a word to anybody; the next run finds it and it alone."""
        account.title("A column is added")
        self.database.change(*STATEMENTS)
        for statement in STATEMENTS:
            account.line(statement)
        run_id = self.search()
        found = self.register.now()
        if found != TRUTH | {ADDED}:
            raise DemoError(f"the register has {_named(found ^ (TRUTH | {ADDED}))} more or less than before")
        self.require_alert([ADDED])
        account.line(f"It names {ADDED.schema}.{ADDED.place}: {ADDED.detector}, and nothing that was known")
        return run_id

    def require_gone(self, run_ids: Collection[str]) -> None:
        """Print the proofs that nothing is left of what was loaded.

        Raises:
            DemoError: something is left, or a proof is missing.
        """
        account.title("What is left of the loaded rows")
        for run_id in run_ids:
            key = {"dag_id": DISCOVERY, "run_id": run_id}
            proof = self._ledger.one("extract_purge", task_id="purge_extract", **key)
            run = self._ledger.one("discovery_run", **key)
            loaded = f"{run['source_rows']} rows in {run['objects']} objects"
            account.line(
                f"run {run['stamp']}: {loaded}, {proof['deleted']} deleted, none left at {proof['proved_at']:%H:%M:%S}"
            )
        if left := self.database.extract():
            raise DemoError(f"the extract still holds {', '.join(left)}")
        account.line(f"s3://{customers.EXTRACT}/{customers.FOLDER} holds nothing now")

    @property
    def _ledger(self) -> account.Ledger:
        return account.Ledger(self.stack.ledger_dsn)


def _named(exposures: Collection[Exposure]) -> str:
    return ", ".join(f"{one.place} ({one.detector})" for one in sorted(exposures)) or "nothing"
