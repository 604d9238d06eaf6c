"""Pipeline 2 in front of one's eyes: rows of a table reach the search, bad ones do not, and a bad release goes back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from demo import account
from demo.airflow_api import AirflowApi
from demo.clients import Phase
from demo.processes import DemoError
from demo.shop import ACCOUNT, CLUSTER, DOMAIN, TABLE, ProductSearch, Shopper, Synonyms
from demo.stack import Stack
from sandbox import settings

WORLD = "products"
BOOTSTRAP, REFRESH = "synonym_bootstrap__products", "synonym_refresh__products"
PRODUCTS = ("tennis shoe", "hightop", "croissant", "ice cream", "frozen pizza")
FROZEN = ("frozen custard", "gelato", "ice cream")
SMUGGLER = ("sorbet", "sherbet\nice cream => socks", "granita")
"""A row that brings a rule of its own behind a line break: searches for ice cream would find socks."""
SIGNS = ("$$$", "dollar")
"""A row of which the search engine keeps nothing to look for: it would refuse the whole file."""
PERSON = ("danish", "dane", "viking")
"""What somebody makes of the row (danish, croissant, pastry): without an error, and wrong for this shop."""

PARSED_SECONDS = 120
RUN_SECONDS = 300
SEEN_SECONDS = 30
READS = ("AssumeRole", "BatchGet", "Describe", "Get", "Head", "List", "Lookup", "Search")
REPORT = re.compile(r"[\d,]+ rows? read")


def run(stack: Stack) -> None:
    """Run the pipeline and print what happened.

    Raises:
        DemoError: something that should have happened did not.
    """
    account.title("Synonym refresh: from the rows of a table into the search")
    stack.sandbox.client().seed(WORLD)
    with opened(stack) as shop:
        shop.open()
        with Shopper(shop.search, "danish") as shopper:
            runs = {
                "row inserted": shop.insert_row(),
                "nothing changed": shop.change_nothing(),
                "poisoned rows": shop.poison(),
                "row gone wrong": shop.break_a_search(),
            }
            shopper.wait_for(lambda found: found == ("croissant",), seconds=SEEN_SECONDS)
    _print_shopper(shopper.phases)
    _print_ledger(stack, runs)


@contextmanager
def opened(stack: Stack) -> Iterator[Shop]:
    """The shop of a stack whose sandbox holds its world."""
    search = ProductSearch(stack.sandbox)
    try:
        yield Shop(stack, stack.api(), search, Synonyms(stack.sandbox))
    finally:
        search.close()


@dataclass(frozen=True)
class Shop:
    """The shop with its search, its table of synonyms, and the DAGs between them."""

    stack: Stack
    api: AirflowApi
    search: ProductSearch
    synonyms: Synonyms

    def open(self) -> None:
        """Make package and index, fill the index, and search before anything has changed."""
        account.line(f"Table {TABLE} of cluster {CLUSTER}, search domain {DOMAIN} at {self.search.endpoint}")
        self.bootstrap()
        account.line(f"Indexed: {', '.join(PRODUCTS)}")
        self.finds("danish", "croissant")
        self.finds("gelato")

    def bootstrap(self) -> None:
        """Let the DAG make package and index, and index the products."""
        self._start(BOOTSTRAP, account.require_success)
        self.search.add(PRODUCTS)

    def insert_row(self) -> str:
        """A row comes into the table and reaches the search."""
        account.title("A row is inserted")
        row_id = self.synonyms.insert(*FROZEN)
        account.line(f"Row {row_id}: {', '.join(FROZEN)}")
        run_id = self._start(REFRESH, account.require_success)
        self._print_change(run_id)
        self.finds("gelato", "ice cream")
        return run_id

    def change_nothing(self) -> str:
        """A run finds the live release equal to the rows, and writes nothing."""
        account.title("Nothing has changed")
        before = self._now()
        run_id = self._start(REFRESH, account.require_success)
        said = self.api.xcom(REFRESH, run_id, "compare_releases", key="summary")
        if not str(said).startswith("unchanged"):
            raise DemoError(f"the run says {said!r} where nothing has changed")
        reads = self._require_no_writes(before)
        account.line(f"{said}; {reads} calls of AWS, none of which writes")
        return run_id

    def poison(self) -> str:
        """Rows that would break the file stop the run before anything is written."""
        account.title("Two poisoned rows are inserted")
        rows = {self.synonyms.insert(*terms): terms for terms in (SMUGGLER, SIGNS)}
        for row_id, terms in rows.items():
            account.line(f"Row {row_id}: {', '.join(map(repr, terms))}")
        before = self._now()
        run_id = self._start(REFRESH, _stopped_in("build_release"))
        self._print_report(run_id, rows)
        self._require_no_writes(before)
        account.line("The run stopped there, and nothing was written")
        self.finds("danish", "croissant")
        self.finds("gelato", "ice cream")
        self.synonyms.delete(rows)
        return run_id

    def break_a_search(self) -> str:
        """A release that breaks a search goes live, is found out, and is replaced by the one before."""
        account.title("A row goes wrong without an error in it")
        self.synonyms.update(*PERSON)
        account.line(f"Both rows are deleted; the row of {PERSON[0]} becomes {', '.join(PERSON)}")
        run_id = self._start(REFRESH, _stopped_in("probe_search", "roll_back"))
        ledger = account.Ledger(self.stack.ledger_dsn)
        release = ledger.one("synonym_release", run_id=run_id)
        if release["state"] != "rolled back":
            raise DemoError(f"the release is {release['state']}, not rolled back: {release['reason']}")
        for task_id in ("probe_search", "roll_back"):
            step = ledger.one("step", run_id=run_id, task_id=task_id)
            account.line(f"{step['title'].partition('. ')[0]}. {step['summary']}")
        self.finds("danish", "croissant")
        self.finds("gelato", "ice cream")
        return run_id

    def finds(self, text: str, *titles: str) -> None:
        """Search, and print what is found.

        Raises:
            DemoError: it is not these titles and no others.
        """
        found = self.search.find(text)
        if found != titles:
            raise DemoError(f"{text} finds {_listed(found)} where it has to find {_listed(titles)}")
        account.line(f"Search for {text}: {_listed(found)}")

    def _start(self, dag_id: str, end: Callable[..., None]) -> str:
        account.wait_for_dag(self.api, dag_id, seconds=PARSED_SECONDS)
        self.api.unpause(dag_id)
        run_id = self.api.trigger(dag_id)
        account.line(f"Started {dag_id}: {self.api.url}/dags/{dag_id}/runs/{run_id}")
        end(self.api, dag_id, run_id, seconds=RUN_SECONDS)
        return run_id

    def _print_change(self, run_id: str) -> None:
        said = self.api.xcom(REFRESH, run_id, "record_release", key="summary")
        changed = self.api.xcom(REFRESH, run_id, "compare_releases", key="summary")
        account.line(f"Rules: {changed}; {said}")

    def _print_report(self, run_id: str, rows: Mapping[str, object]) -> None:
        said = self.api.said(REFRESH, run_id, "build_release")
        report = next((text for text in said if REPORT.match(text)), "")
        if unnamed := [row_id for row_id in rows if not re.search(rf"\brow {row_id}\b", report)]:
            raise DemoError(f"the validation report does not name row {', '.join(unnamed)}:\n{report}")
        for text in filter(None, report.split("\n")):
            account.line(f"| {text}")

    def _now(self) -> float:
        """The sandbox's time of the last call."""
        return max((call["at"] for call in self._calls(0)), default=0.0)

    def _calls(self, after: float) -> list[dict[str, Any]]:
        calls = self.stack.sandbox.client().calls(account=settings.ACCOUNTS[ACCOUNT])
        return [call for call in calls if call["at"] > after]

    def _require_no_writes(self, after: float) -> int:
        """Number of calls of the account after a moment, of which none may write."""
        calls = self._calls(after)
        writes = [call["operation"] for call in calls if not call["operation"].startswith(READS)]
        if writes or not calls:
            raise DemoError(f"{len(calls)} calls of AWS, {', '.join(writes) or 'none'} of which write")
        return len(calls)


def _stopped_in(*task_ids: str) -> Callable[..., None]:
    """What waits for a run that must fail in these tasks."""

    def require(api: AirflowApi, dag_id: str, run_id: str, *, seconds: float) -> None:
        account.require_failure(api, dag_id, run_id, task_ids, seconds=seconds)

    return require


def _listed(titles: tuple[str, ...]) -> str:
    return ", ".join(titles) or "nothing"


def _print_shopper(observed: list[Phase]) -> None:
    """Print what somebody who searches for danish all the time has seen; anything else than the story is an error."""
    account.title("What a shopper saw who searched for danish all the time")
    for phase in observed:
        what = f"no answer ({', '.join(phase.errors)})" if phase.gap else _listed(phase.marker)  # type: ignore[arg-type]
        account.line(f"{what} for {account.duration(phase.seconds)}, {phase.attempts} searches")
    if [phase.marker for phase in observed] != [("croissant",), (), ("croissant",)]:
        raise DemoError("that is not croissant, nothing while the wrong row was live, and croissant again")


def _print_ledger(stack: Stack, runs: Mapping[str, str]) -> None:
    ledger = account.Ledger(stack.ledger_dsn)
    account.steps(ledger, REFRESH, runs["row gone wrong"])
    account.title("What the ledger holds")
    releases = {
        what: ledger.one("synonym_release", dag_id=REFRESH, run_id=run_id) for what, run_id in runs.items()
    }
    account.table(
        ("run", "release", "rules", "errors", "live version"),
        [
            (what, found["state"], str(found["rules"]), str(found["errors"]), found["live_version"] or "")
            for what, found in releases.items()
        ],
    )
