"""Plans that may run, and plans that would read too much."""

from datetime import UTC, datetime

import pytest

from switchyard.federated.guard import judge, read_plan

BOUNDS = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 1, tzinfo=UTC))
LO, HI = (
    "'2026-01-01 00:00:00'::timestamp without time zone",
    "'2026-01-01 01:00:00'::timestamp without time zone",
)
PUSHED = f"((updated_at >= {LO}) AND (updated_at < {HI}))"


def plan(condition=None, above=None, engine="MySQL", relation="shop.orders"):
    """The lines of a plan with a filter at the remote scan, or at the scan above it."""
    return [
        " XN Subquery Scan x  (cost=0.00..6869.28 rows=343464 width=8)",
        f"   ->  XN {engine} Query Scan orders  (cost=0.00..6869.28 rows=343464 width=8)",
        *([f"         Filter: {above}"] if above else []),
        f"         ->  Remote {engine} Seq Scan {relation}  (cost=0.00..3434.64 rows=1493 width=8)",
        *([f"               Filter: {condition}"] if condition else []),
    ]


def verdict(lines, relation="shop.orders"):
    return judge(lines, relation, "updated_at", BOUNDS)


@pytest.mark.parametrize("engine", ["MySQL", "PG"])
@pytest.mark.parametrize(
    "condition",
    [
        PUSHED,
        f"((updated_at < {HI}) AND (updated_at >= {LO}))",
        "((\"updated_at\" >= '2026-01-01 00:00:00.000000') AND (\"updated_at\" < '2026-01-01 01:00:00.000000'))",
        "((orders.updated_at >= '2026-01-01 00:00:00+00'::timestamp with time zone) AND "
        "(orders.updated_at < '2026-01-01 02:00:00+01'::timestamp with time zone))",
    ],
)
def test_both_bounds_at_the_source_pass(engine, condition):
    """It should know the bounds in whatever form Redshift prints them."""
    found = verdict(plan(condition, engine=engine))
    assert found.problem is None
    assert found.rows == 1493


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (plan(), "no filter goes to the source, which would send all of its 1493 rows"),
        (plan(above=PUSHED), "no filter goes to the source"),
        (plan(f"(updated_at >= {LO})"), "has not both bounds"),
        (plan(f"(updated_at < {HI})", above=f"(updated_at >= {LO})"), "has not both bounds"),
        (plan(f"((updated_at >= {LO}) AND (updated_at <= {HI}))"), "has not both bounds"),
        (plan(f"((updated_at > {LO}) AND (updated_at < {HI}))"), "has not both bounds"),
        (plan(f"((created_at >= {LO}) AND (created_at < {HI}))"), "has not both bounds"),
        (plan(f"((last_updated_at >= {LO}) AND (last_updated_at < {HI}))"), "has not both bounds"),
        (plan(f"((trunc(updated_at) >= {LO}) AND (trunc(updated_at) < {HI}))"), "has not both bounds"),
        (plan(f"(((updated_at)::date >= {LO}) AND ((updated_at)::date < {HI}))"), "has not both bounds"),
        (plan(PUSHED.replace("01:00:00", "02:00:00")), "has not both bounds"),
        (plan(PUSHED.replace("AND", "OR")), "is more than a conjunction"),
        (plan(f"(NOT {PUSHED})"), "is more than a conjunction"),
        (plan(PUSHED, relation="shop.customers"), "one remote scan, of shop.orders, was expected"),
        ([*plan(PUSHED), *plan(PUSHED)], "the plan has shop.orders, shop.orders"),
        (["XN Seq Scan on orders  (cost=0.00..1.00 rows=1 width=8)", f"  Filter: {PUSHED}"], "the plan has none"),
        ([], "the plan has none"),
    ],
)  # fmt: skip
def test_everything_else_stops_the_run(lines, problem):
    """It should say what goes to the source instead."""
    assert problem in verdict(lines).problem


def test_a_table_that_is_read_whole_needs_no_bounds():
    """It should pass a plan without filter where all rows are wanted, and still refuse another table."""
    assert judge(plan(), "shop.orders", None, None).problem is None
    assert judge(plan(), "shop.items", None, None).problem


def test_a_limit_is_no_bound():
    """It should warn of what looks like a bound, and leaves out nothing at the source."""
    lines = [
        " XN Limit  (cost=0.00..0.20 rows=10 width=8)",
        "   ->  XN Nested Loop  (cost=0.00..0.20 rows=10 width=8)",
        "         ->  Remote MySQL Seq Scan shop.orders  (cost=0.00..3434.64 rows=343464 width=8)",
    ]
    found = verdict(lines)
    assert "343464 rows" in found.problem
    assert "limit" in found.warnings[0]
    assert "nested loop" in found.warnings[1]


def test_filters_belong_to_their_nodes():
    """It should read each line of a plan as the node or the filter that it is."""
    nodes = read_plan(plan(PUSHED, above="(note IS NULL)"))
    assert [node.filters for node in nodes] == [[], ["(note IS NULL)"], [PUSHED]]
    assert [node.relation for node in nodes] == [None, None, "shop.orders"]
