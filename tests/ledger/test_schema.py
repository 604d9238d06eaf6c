"""The ledger's migrations and the command that runs them, against a real PostgreSQL server."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
from contextlib import closing

import psycopg2
from psycopg2.extensions import parse_dsn

from switchyard.ledger import Ledger
from switchyard.ledger import tables as ledger_tables
from switchyard.ledger.schema import current_revision, downgrade, upgrade

NEWEST = "0006"


def select(dsn, statement):
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def test_upgrade_is_repeatable(database):
    """It should create the schema once and then change nothing."""
    assert current_revision(database) is None
    upgrade(database)
    first = current_revision(database)
    upgrade(database)

    assert current_revision(database) == first == NEWEST


def test_upgrades_at_the_same_time_do_not_collide(database):
    """It should let one migrator through at a time."""
    with multiprocessing.get_context("fork").Pool(3) as pool:
        pool.map(upgrade, [database] * 3)

    assert current_revision(database) == NEWEST


def test_downgrade_leaves_no_table(database):
    """It should take back all that the upgrade made."""
    upgrade(database)
    downgrade(database, "base")

    left = select(
        database, "SELECT table_name FROM information_schema.tables WHERE table_schema = 'switchyard'"
    )
    assert left == [("alembic_version",)]


def test_downgrade_by_one_keeps_what_was_recorded(database):
    """It should take back the newest tables alone, and keep the rows of the others."""
    upgrade(database, "0001")
    Ledger(database).record_run(dag_id="recovery_point__orders", run_id="manual__1", state="success")
    upgrade(database)
    downgrade(database, "0001")

    assert select(database, "SELECT run_id FROM switchyard.run") == [("manual__1",)]
    assert select(database, "SELECT to_regclass('switchyard.synonym_release')") == [(None,)]


def test_every_table_and_column_has_a_comment(ledger_dsn):
    """It should explain itself to someone who has nothing but psql."""
    mute = select(
        ledger_dsn,
        """
        SELECT c.relname, a.attname
          FROM pg_class c
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum >= 0
         WHERE c.relnamespace = 'switchyard'::regnamespace AND c.relkind = 'r'
           AND c.relname <> 'alembic_version'
           AND (col_description(c.oid, a.attnum) IS NULL OR obj_description(c.oid) IS NULL)
        """,
    )
    assert mute == []


def test_all_times_have_a_time_zone(ledger_dsn):
    """It should have no column that stores a local time."""
    local = select(
        ledger_dsn,
        """
        SELECT table_name, column_name FROM information_schema.columns
         WHERE table_schema = 'switchyard' AND data_type = 'timestamp without time zone'
        """,
    )
    assert local == []


def test_rows_and_tables_have_the_same_columns(ledger_dsn):
    """It should have a typed row for every column but the one the writer fills itself."""
    columns = select(
        ledger_dsn,
        """
        SELECT table_name, array_agg(column_name::text) FROM information_schema.columns
         WHERE table_schema = 'switchyard' AND table_name <> 'alembic_version' GROUP BY table_name
        """,
    )
    tables = [one for one in vars(ledger_tables).values() if isinstance(one, ledger_tables.Table)]
    assert {name: set(found) - {"recorded_at"} for name, found in columns} == {
        table.name: set(table.columns) for table in tables
    }


def run_command(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "switchyard.ledger", *arguments],
        env={**os.environ, "PYTHONPATH": "plugins", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_command_upgrades_through_an_airflow_connection(database, tmp_path):
    """It should find the ledger where Airflow's connection says it is."""
    place = parse_dsn(database)
    connection = {
        "conn_type": "postgres",
        "host": place["host"],
        "port": int(place["port"]),
        "schema": place["dbname"],
        "login": place["user"],
        "password": place["password"],
    }
    done = run_command(
        "upgrade", AIRFLOW_CONN_SWITCHYARD_LEDGER=json.dumps(connection), AIRFLOW_HOME=str(tmp_path)
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"The ledger is at revision {NEWEST}."
    assert current_revision(database) == NEWEST


def test_command_explains_an_unreachable_ledger(postgres):
    """It should end with one line and exit code 1, not with a stack trace."""
    done = run_command("current", "--dsn", postgres.dsn("nowhere"))
    assert done.returncode == 1
    assert 'The ledger was not reached: connection to server at "127.0.0.1"' in done.stderr
    assert "Traceback" not in done.stderr
