"""Runs of recoveries, synonym sets and federated loads, good and broken, hold no password and no person anywhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support import figures, planted
from tests.support.dag_runner import DagRunner, TaskFailed
from tests.support.federated_runs import Loads, shipped_tables
from tests.support.kill_sample import some
from tests.support.overheard import Overheard
from tests.support.product_search import FROZEN_CUSTARD, ProductSearch
from tests.support.recovery import SOURCE, RecoveryWorld

BROKEN = "zqbrokenpassword"
PERSON = "Zqlastname"
TABLES = ("customer", "staff", "address")
EMAILS = "SELECT DISTINCT c_email_address FROM customer WHERE c_email_address IS NOT NULL"
UNTIL = datetime(2026, 2, 1, tzinfo=UTC)
CATALOGUE_LOGIN = "switchyard/catalog/login"


class Search:
    """All that runs of one pipeline said, exchanged and kept, and what must not be in it."""

    def __init__(self, pipeline: str, folder: Path) -> None:
        self.pipeline = pipeline
        self.folder = folder / "overheard"
        self.folder.mkdir()
        self.texts: dict[str, str] = {}
        self.unwanted = {BROKEN}

    def run(self, make: Callable[..., DagRunner], *, fails: str = "") -> DagRunner:
        """Run what is made with `before_try`, to its end or until it fails in a task."""
        overheard = Overheard(self.folder / str(len(self.texts)))
        run = make(before_try=overheard.install)
        if fails:
            with pytest.raises(TaskFailed, match=f"{fails}: "):
                run.run()
        else:
            run.run()
        stores = [path.read_text() for path in run.folder.glob("*.json")]
        ended = [vars(one) for outcomes in run.outcomes.values() for one in outcomes]
        kept = [overheard.text, json.dumps(ended, default=str), json.dumps(run.results, default=str), *stores]
        self.texts[f"run {len(self.texts) + 1}"] = "\n".join(kept)
        return run

    def break_login(self, secrets: Any, secret_id: str) -> Callable[[], None]:
        """Give a login a wrong password, which a refusal may quote; what is returned mends it."""
        good = secrets.get_secret_value(SecretId=secret_id)["SecretString"]
        login = json.loads(good)
        self.unwanted.add(login["password"].lower())
        wrong = json.dumps(login | {"password": BROKEN})
        secrets.put_secret_value(SecretId=secret_id, SecretString=wrong)
        return lambda: secrets.put_secret_value(SecretId=secret_id, SecretString=good)

    def stores(self, ledger: Callable[[str], list[dict[str, Any]]], dsn: str) -> None:
        """Look at all tables of the ledger, whose own password must be nowhere either."""
        tables = ledger("SELECT table_name FROM information_schema.tables WHERE table_schema = 'switchyard'")
        rows = [ledger(f"SELECT * FROM switchyard.{one['table_name']}") for one in tables]
        self.texts["ledger"] = json.dumps(rows, default=str)
        self.unwanted.add(dsn.partition("password=")[2].split(" ")[0].lower())

    def require_nothing_found(self, *heard: str) -> None:
        """Count, and then assert, that nothing unwanted is in what was kept; what is `heard` shows that it was."""
        text = "\n".join(self.texts.values())
        assert [one for one in (*heard, "rendered: ", "GetSecretValue") if one not in text] == []
        assert "" not in self.unwanted
        found = {where: planted.found_in(kept, self.unwanted) for where, kept in self.texts.items()}
        figures.record(
            "secrets",
            place=f"runs of {self.pipeline}",
            searched_for=len(self.unwanted),
            characters=len(text),
            lost=sum(map(len, found.values())),
        )
        assert {where: some for where, some in found.items() if some} == {}


def recover(world: RecoveryWorld, search: Search) -> tuple[str, ...]:
    """A recovery point whose login was refused at first, its announcement, and a restore of it."""
    with closing(world.database(SOURCE).connect()) as connection, connection.cursor() as cursor:
        cursor.execute(planted.MARK_STAFF)
        connection.commit()
        for statement in planted.statements(TABLES):
            cursor.execute(statement)
            search.unwanted |= planted.distinct(cursor.fetchall())
    assert len(search.unwanted) > 1_000
    assert planted.MARKED["password"] in search.unwanted

    mend = search.break_login(world.client("secretsmanager", SOURCE), world.recovered.secret)
    search.run(lambda **options: world.runner("recovery_point", **options), fails="capture_manifest")
    mend()
    search.run(lambda **options: world.runner("recovery_point", number=2, **options))
    events = world.announcements()
    search.texts["announcements"] = json.dumps([vars(one) for one in events["announcements"]])
    search.run(lambda **options: world.runner("recovery_restore", events=events, **options))
    search.stores(world.ledger, world.ledger_dsn)
    return "trigger: ", "Publish: ", "rental"


def refresh(shop: ProductSearch, search: Search) -> tuple[str, ...]:
    """A refresh whose login was refused, and one that went through; the rows themselves are published."""
    shop.bootstrap()
    shop.insert(*FROZEN_CUSTARD)
    mend = search.break_login(shop.client("secretsmanager"), CATALOGUE_LOGIN)
    search.run(lambda **options: shop.runner("synonym_refresh", **options), fails="check_preconditions")
    mend()
    search.run(lambda **options: shop.runner("synonym_refresh", **options))
    search.stores(shop.ledger, shop.ledger_dsn)
    return "trigger: ", "UpdatePackage: ", "gelato"


def load(make_loads: Callable[..., Loads], search: Search) -> tuple[str, ...]:
    """A load that the source refuses the pipeline, one that it refuses the warehouse, and one of people."""
    (customer,) = shipped_tables("retail", "customer")
    loads = make_loads("retail", [{name: value for name, value in customer.items() if name != "view"}])
    world = loads.world
    world.edit(f"UPDATE customer SET c_last_name = '{PERSON}' WHERE c_customer_sk <= 20")
    search.unwanted |= {PERSON.lower()} | planted.distinct(world.edit(EMAILS))
    assert len(search.unwanted) > 100
    secrets = world.client("secretsmanager")
    for name in {world.source.owner, world.source.login, world.source.warehouse_login}:
        login = json.loads(secrets.get_secret_value(SecretId=name)["SecretString"])
        search.unwanted.add(login["password"].lower())
    params = {"window_end": UNTIL.isoformat()}

    def make(**options: Any) -> DagRunner:
        return loads.runner(DagRunner, run_after=UNTIL, params=params, **options)

    for login, fails in (
        (world.source.login, "check_preconditions"),
        (world.source.warehouse_login, "ensure_targets"),
    ):
        mend = search.break_login(secrets, login)
        search.run(make, fails=fails)
        mend()
    search.run(make)
    search.stores(world.ledger, world.ledger_dsn)
    return "ExecuteStatement: ", "c_last_name", "Access denied for user"


PIPELINES: Mapping[str, tuple[Callable[..., tuple[str, ...]], str]] = {
    "aurora_recovery": (recover, "recovery_world"),
    "synonym_refresh": (refresh, "shop"),
    "federated_load": (load, "make_loads"),
}
"""What runs of each, and the fixture of its world; they tell what must have been heard."""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("pipeline", some(["synonym_refresh"], of=list(PIPELINES)))
def test_no_person_and_no_password_is_kept(
    pipeline: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """It should find none in what its runs said, rendered, sent, waited with and kept, good and refused."""
    runs, world = PIPELINES[pipeline]
    search = Search(pipeline, tmp_path)
    heard = runs(request.getfixturevalue(world), search)
    search.require_nothing_found(*heard)
