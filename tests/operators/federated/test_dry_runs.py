"""What a dry run says of a load, against what the load then sends."""

from __future__ import annotations

import pytest

from tests.support.whole_loads import LAKE, Load

EVERYTHING = {
    "deletes": {"mode": "hard", "max_fraction": 0.9},
    "reconcile": {"sums": ["price"]},
    "view": {"name": "retail.shown_everywhere"},
    "publish": {"table": "shown"},
}
LOADS = {
    "merge": EVERYTHING,
    "append": {"mode": "append", "publish": {"table": "shown_parts", "partition_by": ["note"]}},
    "swap": {"mode": "swap", "zero_rows": "fail"},
}
FROM_ANSWERS = {"-- Partitions that the table did not have; 100 at most in one statement."}
"""Beginnings of statements that a dry run cannot know."""


def steps(run):
    """Every step of a run, as it comes; each is told what the one before has handed on."""
    yield run.preconditions()
    yield run.ensure_schemas()
    yield run.ensure_targets()
    yield run.guard()
    staged = yield run.stage()
    yield run.check_stage(staged)
    yield run.apply(staged)
    deletes = yield run.deletes()
    yield run.reconcile(deletes)
    yield run.publish()
    yield run.tidy()


def carry_out(run, **params):
    """Run all steps; the tasks."""
    made, done, results = steps(run), [], None
    while True:
        try:
            task = made.send(results)
        except StopIteration:
            return done
        task.params = params
        results = task.run()
        done.append(task)


def sent(world, number):
    """The statements of a run, as the warehouse has them."""
    pages = world.client("redshift-data").get_paginator("list_statements").paginate(Status="ALL")
    for one in (one for page in pages for one in page["Statements"]):
        if f".scheduled__{number}." in one.get("StatementName", ""):
            yield from one.get("QueryStrings") or [one["QueryString"]]


def headings(statements):
    """What statements say of themselves in their first lines."""
    return {text.splitlines()[0] for text in statements if text.startswith("--")}


@pytest.mark.parametrize("mode", LOADS)
def test_a_dry_run_prints_what_is_sent(mysql, mode):
    """It should print each statement that the same run then sends, in every step, and send none itself."""
    load = Load(mysql, f"shown_{mode}", LOADS[mode], lake=LAKE).make()
    load.put((1, "a", 1, 0.5), (2, "b", 2, 0.5))
    dry = load.run(0, 1)
    tasks = carry_out(dry, dry_run=True)
    assert list(sent(mysql, dry.number)) == []
    planned = [call.parameters for task in tasks for call in task.operator.planned]
    printed = headings(text for one in planned for text in one.get("Sqls") or [one["Sql"]])
    run = load.run(0, 1)
    carry_out(run)
    assert load.ids() == [1, 2]
    needed = headings(sent(mysql, run.number))
    assert len(needed) > 20
    assert needed - printed - FROM_ANSWERS == set()
