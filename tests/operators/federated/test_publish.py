"""Writing targets to the lake, and what its readers see."""

from __future__ import annotations

import json

import pytest

from switchyard.errors import CheckFailed
from switchyard.redshift.errors import StatementFailed
from tests.support import athena
from tests.support.redshift_steps import Killed
from tests.support.whole_loads import LAKE, Load, another_try


@pytest.fixture
def loads(mysql, request):
    """Make a table of the test's own at the source, with rows that the target has too."""
    name = request.node.name.partition("[")[0].removeprefix("test_")[:40]

    def make(deletes=None, **publish):
        changes = {"publish": {"table": name, **publish}, "deletes": deletes or {"mode": "none"}}
        load = Load(mysql, name, changes, lake=LAKE).make()
        load.put((1, "a", 1, 0.2), (2, "b", 2, 0.2), (3, None, 3, 0.2))
        apply(load, 0, 1)
        return load

    return make


def apply(load, lo, hi):
    run, staged = load.staged(lo, hi)
    run.apply(staged).run()
    return run


def lake(load):
    """What Athena reads of the published table."""
    where = athena.place(LAKE["database"], "switchyard-lake")
    query = f'SELECT id, note FROM "{load.name}" ORDER BY id'
    return athena.ask(load.world.client("athena"), query, **where)[1:]


def spectrum(load):
    """What the warehouse reads of it."""
    rows = load.world.ask(f"SELECT id FROM retail_lake.{load.name} ORDER BY id")
    return [row["id"] for row in rows]


def folders(load):
    s3 = load.world.client("s3")
    prefix = f"{LAKE['prefix']}{load.name}/"
    listed = s3.list_objects_v2(Bucket=LAKE["bucket"], Prefix=prefix).get("Contents", [])
    return sorted({one["Key"].removeprefix(prefix).partition("/")[0] for one in listed})


def test_a_table_is_published(loads):
    """It should be readable in the lake, whole, with its manifest's proof in the ledger."""
    load = loads()
    done = load.run(1, 2).publish().run()
    assert (done["rows"], done["removed"]) == (3, 0)
    assert lake(load) == [("1", "a"), ("2", "b"), ("3", None)]
    assert spectrum(load) == [1, 2, 3]
    (row,) = load.world.ledger(
        f"SELECT rows, location, external_table FROM switchyard.load_publication WHERE table_name = '{load.name}'"
    )
    assert row == {"rows": 3, "location": done["location"], "external_table": f"retail_lake.{load.name}"}


def test_readers_see_the_next_run_after_the_flip(loads):
    """It should show the earlier folder until the new one is proved, and then the new one."""
    load = loads()
    load.run(1, 2).publish().run()
    load.put((4, "d", 4, 1.5))
    apply(load, 1, 2)
    assert spectrum(load) == [1, 2, 3]
    load.run(2, 3).publish().run()
    assert spectrum(load) == [1, 2, 3, 4]
    assert len(lake(load)) == 4


def test_partitions_come_move_and_go(loads):
    """It should publish by partition, NULL among them, and leave no row of a partition that has none any longer."""
    load = loads(partition_by=["note"])
    load.run(1, 2).publish().run()
    assert lake(load) == [("1", "a"), ("2", "b"), ("3", None)]
    load.put((2, "a", 2, 1.5), (4, "d", 4, 1.5))
    apply(load, 1, 2)
    load.run(2, 3).publish().run()
    assert lake(load) == [("1", "a"), ("2", "a"), ("3", None), ("4", "d")]
    assert spectrum(load) == [1, 2, 3, 4]


def test_old_folders_are_the_way_back(loads):
    """It should keep as many publications as configured, and remove older ones."""
    load = loads(keep=2)
    done = [load.run(hour, hour + 1).publish().run() for hour in (1, 2, 3)]
    assert [one["removed"] for one in done] == [0, 0, 1]
    kept = [one["location"].rstrip("/").rpartition("/")[2] for one in done[1:]]
    assert folders(load) == sorted(kept)


def test_a_cleared_publication_takes_its_own_place(loads):
    """It should write a folder of its own again, and leave none of the run's that nobody reads."""
    load = loads(keep=1)
    run = load.run(1, 2)
    first = run.publish().run()["location"]
    second = run.publish().run()["location"]
    assert first != second
    assert folders(load) == [second.rstrip("/").rpartition("/")[2]]
    assert spectrum(load) == [1, 2, 3]


def test_what_a_failed_unload_has_left_goes(loads):
    """It should leave no file of an unload that S3 refused in its middle, once another one is published."""
    load = loads(keep=1)
    run = load.run(1, 2)
    load.world.sandbox.fault(f"s3:Write/*{load.name}/*", "error", code="SlowDown", after=1)
    with pytest.raises(StatementFailed, match=r"SlowDown.*Clear the task"):
        run.publish().run()
    assert len(folders(load)) == 1
    location = run.publish().run()["location"]
    load.world.sandbox.clear_faults()
    assert folders(load) == [location.rstrip("/").rpartition("/")[2]]
    assert spectrum(load) == [1, 2, 3]


def test_marked_rows_are_not_published(loads):
    """It should not show readers of the lake what the source has deleted."""
    load = loads(deletes={"mode": "soft", "flag": "is_deleted", "max_fraction": 0.9})
    load.world.edit(f"DELETE FROM {load.name} WHERE id = 2")
    run = load.run(1, 2)
    run.deletes().run()
    run.publish().run()
    assert spectrum(load) == [1, 3]


def test_publications_are_made_every_few_runs(loads):
    """It should unload in every second run alone, and never where nothing is configured."""
    load = loads(every=2)
    made = []
    for hour in (1, 2, 3):
        made.append(apply(load, hour, hour + 1).publish().run()["made"])
    assert made == [True, False, True]
    assert not load.run(4, 5, publish=None).publish().run()["made"]


def test_an_unload_that_is_not_whole_is_not_published(loads):
    """It should find a file that was lost before readers see the folder."""
    load = loads()
    load.run(1, 2).publish().run()
    load.put((4, "d", 4, 1.5))
    apply(load, 1, 2)
    task = load.run(2, 3).publish()
    for lives in range(1, 20):
        task = load.run(2, 3).publish()
        task.store.lives, task.store.dies_after = lives, True
        with pytest.raises(Killed):
            task.run()
        known = (task.store.get("redshift_statements") or {"by_purpose": {}})["by_purpose"]
        if (known.get("unload") or {}).get("ended"):
            break
    place = task.store.get("folder")["location"].removeprefix(f"s3://{LAKE['bucket']}/")
    s3 = load.world.client("s3")
    [lost] = [
        one["Key"]
        for one in s3.list_objects_v2(Bucket=LAKE["bucket"], Prefix=place)["Contents"]
        if one["Key"].endswith(".parquet")
    ]
    s3.delete_object(Bucket=LAKE["bucket"], Key=lost)
    with pytest.raises(CheckFailed, match="has no bytes in S3"):
        another_try(task).run()
    assert spectrum(load) == [1, 2, 3]


def test_a_publication_is_made_once(loads):
    """It should be left as it is by a try that comes because Airflow did not hear of its success."""
    load = loads()
    task = load.run(1, 2).publish()
    done = task.run()
    assert another_try(task).run() == done
    assert folders(load) == [done["location"].rstrip("/").rpartition("/")[2]]


def test_manifest_names_what_is_there(loads):
    """It should leave a manifest that counts the files' rows, under a name that readers pass over."""
    load = loads()
    location = load.run(1, 2).publish().run()["location"]
    key = location.removeprefix(f"s3://{LAKE['bucket']}/") + "_manifest"
    body = load.world.client("s3").get_object(Bucket=LAKE["bucket"], Key=key)["Body"].read()
    assert json.loads(body)["meta"]["record_count"] == 3


def test_kills_anywhere_converge(loads):
    """It should end with one whole publication after a kill between anything it does and the note of it."""
    load = loads(partition_by=["note"])
    lives, killed = 1, True
    while killed:
        load.put((4, f"v{lives % 2}", lives, 1.5))
        apply(load, 1, 2)
        task = load.run(2, 3).publish()
        task.store.lives = lives
        try:
            task.run()
            killed = False
        except Killed:
            another_try(task).run()
        assert lake(load)[-1] == ("4", f"v{lives % 2}"), lives
        assert len(spectrum(load)) == 4
        lives += 1
    assert lives > 6
