"""A discovery of hostile names and values, and a load of hostile values: literally kept, and nothing else happens."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from pymysql.converters import escape_string

from sandbox.seed.exposures import Exposure
from switchyard.configuration.loader import MODELS
from tests.configuration.test_injection import judged
from tests.pipelines.conftest import CUSTOMERS
from tests.support import figures
from tests.support.discovery import Discovery
from tests.support.federated import Federated
from tests.support.federated_runs import Loads, shipped_tables
from tests.support.hostile import HOSTILE, NAMES, quoted
from tests.support.kill_sample import some

VALUES = [text for text in HOSTILE.values() if "\ud800" not in text]
"""What a database takes: it is UTF-8, which has no half characters."""
UNTIL, CHANGED = datetime(2026, 2, 1, tzinfo=UTC), "2026-01-15 12:00:00"


def refused(name: str) -> list[str]:
    """The errors of a configuration with a table of this name."""
    content = yaml.safe_load(CUSTOMERS.read_text()) | {"name": "customers"}
    content["tables"] = [{"schema": "sakila", "table": name}]
    faults = judged(MODELS["sensitive_data_discovery"], content)
    assert all("tables" in one.field and str(one).isprintable() for one in faults)
    return [str(one) for one in faults]


def table_of(name: str) -> list[str]:
    """Statements for a table of a hostile name, with addresses in a column of that name beside hostile values."""
    made = quoted(name, "mysql")
    rows = [
        f"({number}, 'someone{number}@example.org', '{escape_string(text)}')"
        for number, text in enumerate(VALUES, 1)
    ]
    return [
        f"CREATE TABLE {made} (id INT PRIMARY KEY, {made} VARCHAR(50), remark TEXT)",
        f"INSERT INTO {made} VALUES {', '.join(rows)}",
    ]


def tables_of(discovery: Discovery) -> list[Any]:
    return discovery.edit(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'sakila' ORDER BY 1"
    )


@pytest.mark.timeout(600)
@pytest.mark.parametrize("engine", some([], of=["mysql"]))
def test_discovery_finds_what_is_behind_hostile_names(
    make_discovery: Callable[..., Discovery], engine: str
) -> None:
    """It should register each column under its very name, and leave the database as it was.

    Names that a configuration refuses are there all the same, where a pattern finds them.
    """
    names = [name for name in NAMES if not name.endswith(" ")]
    patterns = [re.sub("[/{}]", "%", name) if refused(name) else name for name in names]
    assert patterns != names
    discovery = make_discovery(tables=[{"schema": "sakila", "table": one} for one in patterns])
    for name in names:
        discovery.edit(*table_of(name))
    before = tables_of(discovery)
    discovery.run()
    wanted = {Exposure("sakila", name, name, "custom:EMAIL_ADDRESS") for name in names}
    lost = (discovery.registered() ^ wanted) | (discovery.published() ^ wanted)
    loaded = {
        one["table_name"]: (one["rows_loaded"], one["objects"], one["objects_complete"])
        for one in discovery.ledger("SELECT * FROM switchyard.discovery_coverage")
    }
    figures.record(
        "injection",
        place=f"a discovery of tables and columns in {engine}",
        fields=2,
        texts=len(names),
        refused=0,
        kept_literal=2 * len(names) - len(lost),
        lost=len(lost),
    )
    assert lost == set()
    assert loaded == {name: (len(VALUES), 1, 1) for name in names}
    assert tables_of(discovery) == before
    assert discovery.extract() == []


@pytest.mark.timeout(600)
@pytest.mark.parametrize("engine", some([], of=["mysql"]))
def test_load_keeps_hostile_values_as_they_are(make_loads: Callable[..., Loads], engine: str) -> None:
    """It should bring each text that fits into the column to the warehouse, literally."""
    (customer,) = shipped_tables("retail", "customer")
    texts = [text for text in VALUES if len(text) <= 50]
    loads = make_loads("retail", [{name: value for name, value in customer.items() if name != "view"}])
    world = loads.world
    plant(world, texts)
    loads.run(UNTIL)
    source = dict(world.edit("SELECT c_customer_sk, c_email_address FROM customer"))
    assert set(source.values()) >= set(texts)
    found = [
        tuple(one.values()) for one in world.ask("SELECT c_customer_sk, c_email_address FROM retail.customer")
    ]
    lost = set(found) ^ set(source.items())
    figures.record(
        "injection",
        place=f"values of a load from {engine}",
        fields=1,
        texts=len(texts),
        refused=0,
        kept_literal=len(texts) - len(lost),
        lost=len(lost),
    )
    assert lost == set()
    assert len(found) == len(source)


def plant(world: Federated, texts: Sequence[str]) -> None:
    """Write texts into rows of the source, one each."""
    with closing(world.connect()) as database, database.cursor() as cursor:
        for key, text in enumerate(texts, 1):
            cursor.execute(
                "UPDATE customer SET c_email_address = %s, updated_at = %s WHERE c_customer_sk = %s",
                (text, CHANGED, key),
            )
        database.commit()
