"""The shipped federated loads on real databases, a real warehouse and a real lake, undisturbed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.dag_runner import DagRunner
from tests.support.federated import Difference, Federated
from tests.support.federated_runs import Loads, shipped_tables

FIRST, SECOND = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 2, tzinfo=UTC)
THEN = "updated_at = '2026-02-01 12:00:00'"
LOOKBACK = "'2026-01-31 23:55:00'"


@dataclass(frozen=True)
class Story:
    """What happens to a world between two loads, and what the second one must find.

    Attributes:
        changes: statements for the database.
        staged: rows that they changed or made, by table; others are those that the second run reads again.
        deleted: how many rows each table lost.
        figures: of a table that is swapped: what is asked of source and target alike.
        changed: columns whose values they changed.
        published: a table of the lake, and what is asked of it and of the source alike.
    """

    changes: tuple[str, ...]
    staged: Mapping[str, int]
    deleted: Mapping[str, int]
    figures: Mapping[str, str]
    changed: frozenset[str]
    published: tuple[str, str]


STORIES = {
    "retail": Story(
        changes=(
            f"UPDATE customer SET c_last_name = 'O''Changed', {THEN} WHERE c_customer_sk <= 20",
            "INSERT INTO customer (c_customer_sk, c_customer_id, c_last_name, updated_at) "
            "VALUES (900001, 'AAAA', 'New', '2026-02-01 12:00:00')",
            "DELETE FROM customer WHERE c_customer_sk BETWEEN 30 AND 34",
            f"UPDATE customer_address SET ca_city = NULL, {THEN} WHERE ca_address_sk <= 7",
            "DELETE FROM customer_address WHERE ca_address_sk BETWEEN 10 AND 12",
            "UPDATE date_dim SET d_holiday = 'Y' WHERE d_date_sk = 2415022",
            "DELETE FROM web_sales WHERE ws_order_number = 3",
            f"UPDATE web_sales SET ws_quantity = 77, ws_ship_mode_sk = NULL, {THEN} WHERE ws_order_number = 1",
            f"UPDATE web_sales SET ws_ship_mode_sk = 5, {THEN} WHERE ws_order_number = 2",
        ),
        staged={"customer": 21, "customer_address": 7},
        deleted={"customer": 5, "customer_address": 3},
        figures={
            "date_dim": "SELECT COUNT(*), SUM(d_date_sk) AS a, SUM(CASE WHEN d_holiday = 'Y' THEN 1 ELSE 0 END) AS b"
        },
        changed=frozenset({"c_last_name", "ca_city", "ws_ship_mode_sk"}),
        published=("web_sales", "SELECT ws_ship_mode_sk, COUNT(*), SUM(ws_quantity), SUM(ws_net_profit)"),
    ),
    "retail-postgres": Story(
        changes=(
            f"UPDATE item SET i_current_price = 1.25, {THEN} WHERE i_item_sk < 20",
            f"UPDATE item SET i_item_sk = 900001, {THEN} WHERE i_item_sk = 30",
            "DELETE FROM item WHERE i_item_sk BETWEEN 20 AND 25",
            "UPDATE store SET s_manager = 'Somebody Else' WHERE s_store_sk = 1",
            "DELETE FROM store_sales WHERE ss_ticket_number = 3",
            f"UPDATE store_sales SET ss_quantity = 77, ss_store_sk = NULL, {THEN} WHERE ss_ticket_number = 1",
        ),
        staged={"item": 20},
        deleted={"item": 7},
        figures={"store": "SELECT COUNT(*), SUM(s_store_sk) AS a, MIN(s_manager) AS b, MAX(s_manager) AS c"},
        changed=frozenset({"i_current_price", "ss_store_sk"}),
        published=("store_sales", "SELECT ss_store_sk, COUNT(*), SUM(ss_quantity), SUM(ss_net_profit)"),
    ),
}
MARKED = "is_deleted"
"""What the shipped pipelines call the column that marks rows as gone."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", list(STORIES))
def test_target_and_lake_follow_the_source(make_loads: Callable[..., Loads], name: str) -> None:
    """It should load all, then what changed and nothing else, and nothing where the interval is loaded again."""
    story, tables = STORIES[name], shipped_tables(name)
    loads = make_loads(name, tables)
    world = loads.world
    first = loads.run(FIRST)
    assert set(first.states.values()) == {"success"}
    require_equal(world, story, tables)

    world.edit(*story.changes)
    second = loads.run(SECOND)
    require_equal(world, story, tables)
    for table in tables:
        if table["name"] in story.staged:
            looked_back_on = rows_since(world, table["name"]) - story.staged[table["name"]]
            staged = found(second, table, "check_stage")["rows"]
            assert staged == story.staged[table["name"]] + looked_back_on
            assert found(second, table, "apply_stage")["inserted"] == story.staged[table["name"]]
            assert found(second, table, "delete_gone")["deleted"] == story.deleted[table["name"]]

    again = loads.run(SECOND, params={"window_start": FIRST.isoformat()})
    for table in tables:
        if "watermark" in table:
            applied = found(again, table, "apply_stage")
            assert (applied["inserted"], applied["replaced"]) == (0, 0)
            assert found(again, table, "delete_gone")["deleted"] == 0
    require_equal(world, story, tables)
    verdicts = world.ledger("SELECT DISTINCT verdict FROM switchyard.load_reconciliation")
    assert [row["verdict"] for row in verdicts] == ["equal"]


def require_equal(world: Federated, story: Story, tables: list[dict[str, Any]]) -> None:
    """Hold source, warehouse and lake against each other."""
    for table in tables:
        name, target = table["name"], table["target"]
        if name in story.figures:
            question = f"{story.figures[name]} FROM {{}}"
            assert texts(world.edit(question.format(name))) == told(world, question.format(target)), name
            continue
        where = f"NOT {MARKED}" if table["deletes"]["mode"] == "soft" else "TRUE"
        columns = {*table["key"], table["watermark"], *table["reconcile"]["sums"], *story.changed}
        columns = sorted(columns & table["columns"].keys())
        differences = world.compare(name, target, table["key"], columns, where=where)
        assert differences == Difference(), name
    name, question = story.published
    question += f" FROM {name} GROUP BY 1"
    assert sorted(world.ask_lake(question), key=str) == texts(world.edit(question))


def texts(rows: list[tuple[Any, ...]]) -> list[tuple[str | None, ...]]:
    """The values as text."""
    return sorted((tuple(None if one is None else str(one) for one in row) for row in rows), key=str)


def told(world: Federated, question: str) -> list[tuple[str | None, ...]]:
    """What the warehouse answers, as text."""
    return texts([tuple(row.values()) for row in world.ask(question)])


def found(run: DagRunner, table: Mapping[str, Any], step: str) -> Mapping[str, Any]:
    """What a step on a table handed on."""
    result: Mapping[str, Any] = run.results[f"{table['name']}.{step}"]
    return result


def rows_since(world: Federated, table: str) -> int:
    """Rows of the second window with what it looks back on."""
    [(count,)] = world.edit(f"SELECT COUNT(*) FROM {table} WHERE updated_at >= {LOOKBACK}")
    return int(count)
