"""The steps of a load up to the check of its stage, on a MySQL source."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.seed.worlds.warehouse import LOGIN
from switchyard.errors import BadInput, CheckFailed, NotAllowed, StepFailed
from tests.support.federated_steps import HI, LO, LoadSteps, shipped, table

COLUMNS = {"id": "bigint", "note": "varchar(5)", "price": "decimal(7,2)", "updated_at": "timestamp"}
MAKE = """
CREATE TABLE {name} (
  id BIGINT {null}, note VARCHAR(20), price DECIMAL(7,2),
  updated_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
  INDEX changed (updated_at){more}
)
"""
INSIDE = "2026-01-10 12:00:00.5"
ROWS = {
    1: "2026-01-09 23:54:59.999999",
    2: "2026-01-09 23:55:00",
    3: INSIDE,
    4: "2026-01-10 23:59:59.999999",
    5: "2026-01-11 00:00:00",
}
"""Rows by id with their watermarks, of which 2 to 4 lie in the window of the tests and its lookback."""


@pytest.fixture
def steps(mysql, request):
    """The steps on a table of the test's own, which has the rows above."""
    name = request.node.name.partition("[")[0].removeprefix("test_")[:40]

    def make(rows=ROWS, null="NOT NULL", more=", PRIMARY KEY (id)", note="'note'", **changes):
        mysql.edit(f"DROP TABLE IF EXISTS {name}", MAKE.format(name=name, null=null, more=more))
        for key, moment in rows.items():
            mysql.edit(
                f"INSERT INTO {name} (id, note, price, updated_at) VALUES ({key}, {note}, 1.25, '{moment}')"
            )
        return LoadSteps(mysql, [table(name, COLUMNS, **changes)])

    return make


def refuse(steps, match):
    """Run the five steps up to the check that must refuse, and see the target untouched."""
    target = steps.tables[0]["target"]
    steps.ensure()
    steps.world.ask(f"INSERT INTO {target} (id, updated_at) VALUES (99, '2026-01-01')")
    before = steps.rows_of(target)
    steps.guard().run()
    staged = steps.stage().run()
    with pytest.raises(CheckFailed, match=match):
        steps.check_stage(staged).run()
    assert steps.rows_of(target) == before


def test_a_window_is_staged_and_checked(steps):
    """It should bring the rows of the window and its lookback into a table of the run, cast, and nothing else."""
    load = steps()
    checked = load.run()
    name = load.tables[0]["name"]
    assert checked["rows"] == 3
    assert checked["stage"] == f"etl_stage.{name}_2602010000_aaaaaa"
    assert [row[0] for row in load.rows_of(checked["stage"])] == [2, 3, 4]
    assert load.rows_of(load.tables[0]["target"]) == []
    (window,) = load.world.ledger(
        f"SELECT state, staged_rows, lo, hi FROM switchyard.load_window WHERE table_name = '{name}'"
    )
    assert window == {"state": "staged", "staged_rows": 3, "lo": LO, "hi": HI}


def test_a_repeated_stage_is_the_same(steps):
    """It should take the rows as they are by then, into the same table, when a run is cleared."""
    load = steps()
    load.run()
    name = load.tables[0]["name"]
    load.world.edit(f"UPDATE {name} SET price = 2, updated_at = '{INSIDE}' WHERE id = 3")
    assert load.run()["rows"] == 3
    prices = {row[0]: str(row[2]) for row in load.rows_of(f"etl_stage.{name}_2602010000_aaaaaa")}
    assert prices == {2: "1.25", 3: "2.00", 4: "1.25"}


def test_null_keys_are_refused(steps):
    """It should find NULL in a key that the source allows it in, first by its columns and last in the stage."""
    load = steps(null="NULL", more="")
    load.world.edit(f"INSERT INTO {load.tables[0]['name']} (updated_at) VALUES ('{INSIDE}')")
    with pytest.raises(CheckFailed, match=r"key: column id may be NULL at the source. Make it NOT NULL"):
        load.preconditions().run()
    refuse(load, "1 rows have a NULL in their key. Correct these rows")


def test_duplicate_keys_are_refused(steps):
    """It should warn of a key without unique index, and find those that occur twice in the stage."""
    load = steps(more="")
    load.world.edit(f"INSERT INTO {load.tables[0]['name']} (id, updated_at) VALUES (3, '{INSIDE}')")
    assert "no unique index covers the key" in load.preconditions().run()["warnings"][0]
    refuse(load, "1 keys occur more than once. Name all columns")


def test_zero_rows_are_refused_where_configured(steps):
    """It should stop an empty window where that is unusual, and let it pass where it is not."""
    refuse(steps(rows={}, zero_rows="fail"), "no row has come from the source")
    assert steps(rows={}).run()["rows"] == 0


@pytest.mark.parametrize("note", ["'123456'", "'1234\u20ac'", "REPEAT('x', 20)"])
def test_long_texts_are_refused(steps, note):
    """It should count bytes, not characters, and never cut a text off."""
    refuse(steps(note=note), r"values of note are longer in bytes than varchar\(5\)")


def test_a_text_that_fits_passes(steps):
    """It should let a text of as many bytes as the target takes pass."""
    assert steps(note="'12\u20ac'").run()["rows"] == 3


CHANGES = {
    "dropped": ("DROP COLUMN note", "columns.note: the source has no column note: it was dropped"),
    "retyped": ("MODIFY price VARCHAR(9)", r"price as varchar\(9\).*decimal\(7,2\) does not hold"),
    "widened": ("MODIFY id DECIMAL(20,0) NOT NULL", r"id as decimal\(20,0\).*bigint does not hold"),
    "nullable": ("MODIFY updated_at DATETIME(6) NULL", "updated_at may be NULL at the source"),
    "unindexed": ("DROP INDEX changed", "no index of the source begins with updated_at"),
    "unkept": ("MODIFY updated_at DATETIME(6) NOT NULL", "does not set updated_at when a row changes"),
    "renamed": ("RENAME TO elsewhere", "the source has no table"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_changes_of_the_source_are_refused(steps, change):
    """It should stop before it reads a row when a table is no longer as declared, with one clear error."""
    load = steps()
    how, said = CHANGES[change]
    load.world.edit("DROP TABLE IF EXISTS elsewhere", f"ALTER TABLE {load.tables[0]['name']} {how}")
    with pytest.raises(CheckFailed, match=said):
        load.preconditions().run()


def test_new_columns_are_told(steps):
    """It should go on when the source has a column more, and say so."""
    load = steps()
    load.world.edit(f"ALTER TABLE {load.tables[0]['name']} ADD COLUMN colour VARCHAR(9)")
    assert "neither loaded nor excluded: colour" in load.preconditions().run()["warnings"][0]


def test_watermarks_of_the_future_are_refused(steps):
    """It should stop when a row says that it was changed later than now."""
    ahead = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%d %H:%M:%S")
    with pytest.raises(CheckFailed, match="the newest updated_at is"):
        steps(rows={1: ahead}).preconditions().run()


def test_a_target_of_another_form_is_refused(steps):
    """It should not load into a table that has not the configured columns."""
    load = steps()
    load.ensure()
    target = load.tables[0]["target"]
    load.world.ask(f"DROP TABLE {target}")
    load.world.ask(f"CREATE TABLE {target} (id bigint, note varchar(4), price decimal(7,2))")
    with pytest.raises(BadInput, match=r"note is 'varchar\(5\)': target .* has it as character varying\(4\)"):
        load.preconditions().run()


def test_missing_places_are_refused(steps):
    """It should name what is not there: cluster, secret, role, schema."""
    load = steps()
    wrong = {
        "cluster_id": ("nowhere", "source.cluster_id is 'nowhere'"),
        "federated_secret_id": ("nowhere", "source.federated_secret_id is 'nowhere'.*DescribeSecret"),
        "federated_role_arn": (
            "arn:aws:iam::111111111111:role/other",
            "source.federated_role_arn is .*the warehouse has no such role",
        ),
        "endpoint": ("instance", "source.instance_id is None"),
    }
    for field, (value, said) in wrong.items():
        load.source = {field: value}
        with pytest.raises(BadInput, match=said):
            load.preconditions().run()
    load.source = {}
    load.tables[0]["target"] = "nowhere.orders"
    with pytest.raises(BadInput, match=r"target is 'nowhere'.*no such schema"):
        load.preconditions().run()


def test_windows_of_a_run_by_hand(steps):
    """It should go on where the applied windows end, and read what a person asks for."""
    load = steps()
    by_hand = load.preconditions()
    by_hand.interval = None
    name = load.tables[0]["name"]
    window = by_hand.run()["windows"][name]
    assert window["lo"] == "1970-01-01T00:00:00+00:00"
    assert window["hi"] == "2026-01-31T23:59:00+00:00"
    given = load.preconditions(start="2026-01-03T00:00:00+01:00", end="2026-01-04T00:00:00Z").run()
    assert re.fullmatch(r"[\w.-]+:\d+", given["windows"][name].pop("address"))
    assert given["windows"][name] == {
        "lo": "2026-01-02T23:00:00+00:00", "hi": "2026-01-04T00:00:00+00:00", "lookback_seconds": 300.0
    }  # fmt: skip
    with pytest.raises(BadInput, match="window_start is 'yesterday'"):
        load.preconditions(start="yesterday").run()
    with pytest.raises(BadInput, match=r"window_end is .* it lies in the future"):
        load.preconditions(end=(datetime.now(UTC) + timedelta(minutes=1)).isoformat()).run()


def test_gaps_before_an_interval_are_told(steps):
    """It should say that what changed before a run's interval is in no window."""
    load = steps()
    assert "from the beginning to 2026-01-10" in load.preconditions().run()["warnings"][0]


def test_the_stage_waits_for_its_window_to_settle(steps):
    """It should defer until the window has ended for as long as configured."""
    load = steps()
    load.ensure()
    now = datetime.now(UTC)
    window = {"lo": LO.isoformat(), "hi": now.isoformat(), "lookback_seconds": 0.0}
    load.results = {"windows": {load.tables[0]["name"]: window}}
    waits = []
    load.stage(settle_seconds=1.0).run(at_wait=lambda trigger: waits.append(type(trigger).__name__))
    assert "PauseTrigger" in waits
    assert datetime.now(UTC) >= now + timedelta(seconds=1)


def test_a_step_without_window_says_what_to_do(steps):
    """It should not invent a window that the first step has not decided."""
    load = steps()
    load.results = {"windows": {}}
    with pytest.raises(StepFailed, match="Clear the run from its first step on"):
        load.guard().run()


def test_a_dry_run_sends_nothing(steps):
    """It should plan every statement that it would send, check the source, and leave the warehouse alone."""
    load = steps()
    name = load.tables[0]["name"]
    data = load.world.client("redshift-data")
    before = len(data.list_statements(Status="ALL")["Statements"])
    tasks = [load.preconditions(), load.ensure_schemas(), load.ensure_targets(), load.guard(), load.stage()]
    tasks.append(load.check_stage({"query_id": 0, "began_at": LO.isoformat()}))
    for task in tasks:
        task.params = {"dry_run": True}
        task.run()
    assert len(data.list_statements(Status="ALL")["Statements"]) == before
    planned = "\n".join(str(call.parameters) for task in tasks for call in task.operator.planned)
    for words in (
        "FROM pg_database_info",
        "CREATE EXTERNAL SCHEMA",
        "GRANT USAGE ON SCHEMA",
        f'CREATE TABLE IF NOT EXISTS "retail"."{name}"',
        "EXPLAIN",
        f'CREATE TABLE "etl_stage"."{name}_2602010000_aaaaaa"',
        "HAVING COUNT(*) > 1",
    ):
        assert words in planned, words


def test_a_plan_that_reads_too_much_stops_the_run(steps):
    """It should read no row when the source would not apply the bounds itself, here to moments kept as numbers."""
    load = steps()
    load.ensure()
    load.world.edit(f"ALTER TABLE {load.tables[0]['name']} MODIFY updated_at BIGINT NOT NULL")
    reads = "SELECT COUNT(*) AS found FROM svl_federated_query"
    before = load.world.ask(reads)
    with pytest.raises(NotAllowed, match=r"no filter goes to the source.*no row was read"):
        load.guard().run()
    assert load.world.ask(reads) == before


def test_shipped_tables_are_as_declared(mysql):
    """It should find nothing wrong with the shipped pipeline's tables, and tell of no column."""
    names = ("customer", "customer_address", "date_dim", "web_sales")
    load = LoadSteps(mysql, [shipped("retail").table(name) for name in names])
    checked = load.preconditions().run()
    assert not [warning for warning in checked["warnings"] if "not loaded; a run by hand" not in warning]
    assert set(checked["windows"]) == set(names)
    assert checked["user"].startswith("IAMR:")


def test_what_a_loader_cannot_see_is_said(steps):
    """It should say that integrations were not looked for where Redshift shows them to superusers alone."""
    load = steps()
    checked = load.preconditions().run()
    [said] = checked["unchecked"]
    assert "shows integrations to superusers alone, and IAMR:" in said
    assert checked["summary"].endswith("zero-ETL integrations not checked")
    secret = load.world.client("secretsmanager").describe_secret(SecretId=LOGIN)["ARN"]
    warehouse = shipped("retail").warehouse.model_dump(mode="json") | {"secret_arn": secret}
    assert load.preconditions(warehouse=warehouse).run()["unchecked"] == []
