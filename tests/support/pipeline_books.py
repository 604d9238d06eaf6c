"""The books of each pipeline: what its runs have left, and for what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator

from sandbox.seed.worlds import customers, federation
from sandbox.seed.worlds.recovery import BUCKET as MANIFESTS
from tests.support import product_search
from tests.support.books import Books, gaps, keys, of_a_run, one_of, unforgotten, uploads
from tests.support.dag_runner import DagRunner
from tests.support.discovery import Discovery
from tests.support.federated import Federated
from tests.support.product_search import ProductSearch
from tests.support.recovery import RECOVERY, SOURCE, TARGET, RecoveryWorld
from tests.support.two_loads import FEW_COLUMNS

Ask = Callable[[str], list[Any]]
LIVE = "orders"
STATEMENTS_UNDER_WAY = ("SUBMITTED", "PICKED", "STARTED")


def ledger_books(
    books: Books, ask: Ask, runs: Iterable[DagRunner], without_notes: Iterable[str] = ()
) -> None:
    """Enter the ledger's runs: one entry for each, closed, and each with all of its steps but empty ones.

    Args:
        books: where to.
        ask: gives rows of the ledger.
        runs: all that there were.
        without_notes: ids of runs to which the ledger was away at times: that costs notes of steps and nothing else.
    """
    runs = list(runs)
    by_dag: dict[str, list[str]] = {}
    for run in runs:
        by_dag.setdefault(run.dag.dag_id, []).append(run.run_id)
    entries = ask("SELECT dag_id, run_id, state FROM switchyard.run")
    books.account("ledger", (f"{one['dag_id']} {one['run_id']}" for one in entries), lambda _: True)
    books.account("gaps of the ledger", gaps(by_dag, entries), lambda _: False)
    noted = Counter(
        (one["dag_id"], one["run_id"], one["task_id"])
        for one in ask("SELECT dag_id, run_id, task_id FROM switchyard.step WHERE state = 'success'")
    )
    done = (
        (run.dag.dag_id, run.run_id, task_id)
        for run in runs
        for task_id, ended in run.outcomes.items()
        if run.run_id not in set(without_notes)
        and not isinstance(run.dag.get_task(task_id), EmptyOperator)
        and any(one.state == "success" for one in ended)
    )
    books.account("steps", (" ".join(one) for one in done), lambda name: tuple(name.split(" ")) in noted)


def recovery_books(
    world: RecoveryWorld,
    runs: Iterable[DagRunner],
    *,
    keep: timedelta = timedelta(),
    keep_last: int = 0,
    **notes: Any,
) -> Books:
    """Clusters, instances, snapshots and documents of both accounts, and the recovery points that must be there.

    Args:
        world: what was recovered.
        runs: all that there were.
        keep: the age beyond which a recovery point must be gone, but for the last that was proved.
        keep_last: how many of a place are kept whatever their age.
        notes: as `ledger_books` takes them.
    """
    books = Books()
    stamps = of_a_run(one["stamp"] for one in world.ledger("SELECT stamp FROM switchyard.run"))
    for place in (SOURCE, RECOVERY, TARGET):
        rds = world.client("rds", place)
        clusters = rds.describe_db_clusters()["DBClusters"]
        members = [one["DBInstanceIdentifier"] for each in clusters for one in each["DBClusterMembers"]]
        live = () if place == RECOVERY else (LIVE,)
        books.account("clusters", (one["DBClusterIdentifier"] for one in clusters), one_of(*live))
        instances = (one["DBInstanceIdentifier"] for one in rds.describe_db_instances()["DBInstances"])
        books.account("instances", instances, one_of(*members))
        found = {one["DBClusterSnapshotIdentifier"]: one for one in _manual_snapshots(rds)}
        kept = _kept(world, found, keep, keep_last)
        stored = {name: float(one["AllocatedStorage"]) for name, one in found.items()}
        books.account("snapshots", stored, lambda name, kept=kept: stamps(name) and name in kept)
        if place != TARGET:
            books.require(f"recovery points in {place[1]}", _needed(world, keep_last), _stamps(found))
    s3 = world.client("s3", RECOVERY)
    books.account("documents", keys(s3, MANIFESTS), stamps)
    books.account("uploads", uploads(s3, MANIFESTS), lambda _: False)
    books.account("old versions", unforgotten(s3, MANIFESTS), lambda _: False)
    ledger_books(books, world.ledger, runs, **notes)
    return books


def _manual_snapshots(rds: Any) -> list[Mapping[str, Any]]:
    pages = rds.get_paginator("describe_db_cluster_snapshots").paginate(SnapshotType="manual")
    return [one for page in pages for one in page["DBClusterSnapshots"]]


def _stamps(snapshots: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Of the recovery points that these are, or are copies of."""
    tags = [tag for one in snapshots.values() for tag in one["TagList"]]
    return {tag["Value"] for tag in tags if tag["Key"] == "switchyard:run"}


def _needed(world: RecoveryWorld, keep_last: int) -> set[str]:
    """Stamps of the newest recovery points, and of the last that was proved."""
    points = world.ledger(
        f"SELECT stamp FROM switchyard.run WHERE dag_id LIKE 'recovery_point%' ORDER BY stamp DESC LIMIT {keep_last}"
    )
    return {one["stamp"] for one in points} | _last_proved(world)


def _last_proved(world: RecoveryWorld) -> set[str]:
    """The stamp of the recovery point that a restore has proved last, if one has."""
    found = world.ledger(
        "SELECT point.stamp FROM switchyard.recovery_test test JOIN switchyard.recovery_point point "
        "ON test.snapshot_arn IN (point.snapshot_arn, point.copy_arn) ORDER BY test.recorded_at DESC LIMIT 1"
    )
    return {one["stamp"] for one in found}


def _kept(
    world: RecoveryWorld, found: Mapping[str, Mapping[str, Any]], keep: timedelta, keep_last: int
) -> set[str]:
    """Those that are young, the newest, the last that was proved, and final ones, which are people's business."""
    tags = {name: {tag["Key"]: tag["Value"] for tag in one["TagList"]} for name, one in found.items()}
    last = _last_proved(world)
    final = {name for name in found if tags[name].get("switchyard:role") == "final"}
    newest = sorted(found.keys() - final, key=lambda name: found[name]["SnapshotCreateTime"], reverse=True)
    return {
        name
        for name, one in found.items()
        if datetime.now(UTC) - one["SnapshotCreateTime"] <= keep
        or tags[name].get("switchyard:run") in last
        or name in {*final, *newest[:keep_last]}
    }


def synonym_books(shop: ProductSearch, runs: Iterable[DagRunner], **notes: Any) -> Books:
    """Packages, their associations, files and releases; the rules that are live equal the rows of the table."""
    books = Books()
    opensearch, s3 = shop.client("opensearch"), shop.client("s3")
    there = opensearch.list_packages_for_domain(DomainName=product_search.DOMAIN)["DomainPackageDetailsList"]
    named = {one["PackageID"]: one["DomainPackageStatus"] for one in there}
    packages = opensearch.describe_packages()["PackageDetailsList"]
    books.account("packages", (one["PackageID"] for one in packages), lambda one: named.get(one) == "ACTIVE")
    releases = shop.ledger("SELECT sha256, state FROM switchyard.synonym_release")
    files = {one["sha256"] for one in releases if one["sha256"] and one["state"] != "refused"}
    stored = keys(s3, product_search.BUCKET)
    books.account(
        "files",
        stored,
        lambda key: any(one in key for one in files) and not {"drafts", "lock"} & set(key.split("/")),
    )
    books.account("uploads", uploads(s3, product_search.BUCKET), lambda _: False)
    books.account("old versions", unforgotten(s3, product_search.BUCKET), lambda _: False)
    books.compare("rules", *_rules(shop))
    ledger_books(books, shop.ledger, runs, **notes)
    return books


def unequal_rules(shop: ProductSearch) -> set[str]:
    """Rules of the file that is live which no row asks for, and of rows which are not in it."""
    wanted, live = _rules(shop)
    return wanted ^ live


def _rules(shop: ProductSearch) -> tuple[set[str], set[str]]:
    """Those that rows ask for, and those of the file that is live."""
    [live, *_] = shop.ledger(
        "SELECT sha256 FROM switchyard.synonym_release WHERE state = 'live' ORDER BY built_at DESC NULLS LAST"
    )
    s3 = shop.client("s3")
    [key] = [one for one in keys(s3, product_search.BUCKET) if live["sha256"] in one]
    text = s3.get_object(Bucket=product_search.BUCKET, Key=key)["Body"].read().decode()
    rules = {line for line in text.splitlines() if line and not line.startswith("#")}
    rows = shop.edit("SELECT Base_Term, Synonym_1, Synonym_2 FROM SynonymsTable")
    return {", ".join(term for term in row if term) for row in rows}, rules


def discovery_books(discovery: Discovery, runs: Iterable[DagRunner], **notes: Any) -> Books:
    """The extract, evidence, register, jobs, identifiers and tasks."""
    books = Books()
    macie, s3 = discovery.client("macie2"), discovery.client("s3")
    rows = discovery.ledger("SELECT stamp FROM switchyard.run")
    stamps = of_a_run(one["stamp"] for one in rows)
    books.account("extract", keys(s3, customers.EXTRACT), lambda _: False)
    for bucket in (customers.EXTRACT, customers.REGISTER, customers.FINDINGS):
        books.account("uploads", uploads(s3, bucket), lambda _: False)
    books.account("register", keys(s3, customers.REGISTER), stamps)
    jobs = [
        one for page in macie.get_paginator("list_classification_jobs").paginate() for one in page["items"]
    ]
    ended = {one["name"] for one in jobs if one["jobStatus"] in ("COMPLETE", "CANCELLED")}
    books.account("jobs", (one["name"] for one in jobs), lambda name: name in ended and stamps(name))
    names = Counter(one["name"] for one in macie.list_custom_data_identifiers()["items"])
    books.account("identifiers", names.elements(), lambda name: names[name] == 1)
    tasks = discovery.client("dms").describe_replication_tasks()["ReplicationTasks"]
    idle = {one["ReplicationTaskIdentifier"] for one in tasks if one["Status"] != "running"}
    books.account(
        "replication tasks", (one["ReplicationTaskIdentifier"] for one in tasks), lambda one: one in idle
    )
    books.compare("register of columns", discovery.registered(), discovery.published())
    ledger_books(books, discovery.ledger, runs, **notes)
    return books


def tables(world: Federated) -> list[str]:
    """What there is in the warehouse, stages too."""
    found = world.ask("SELECT table_schema AS folder, table_name AS name FROM information_schema.tables")
    return sorted(f"{one['folder']}.{one['name']}" for one in found)


def load_books(
    world: Federated,
    runs: Iterable[DagRunner],
    made: Iterable[str],
    given: Iterable[str],
    *targets: str,
    **notes: Any,
) -> Books:
    """Tables of the warehouse, stages, statements, files of the lake, and the rows in targets and lake.

    Args:
        world: what was loaded.
        runs: all that there were.
        made: the tables after the first load, which has tidied up.
        given: keys of the lake that were there before.
        targets: tables and views, each of which must have the rows of the source's items.
        notes: as `ledger_books` takes them.
    """
    books = Books()
    books.account("tables", tables(world), one_of(*made))
    pages = world.client("redshift-data").get_paginator("list_statements").paginate(Status="ALL")
    running = [
        one["Id"] for page in pages for one in page["Statements"] if one["Status"] in STATEMENTS_UNDER_WAY
    ]
    books.account("statements", running, lambda _: False)
    s3 = world.client("s3")
    held = [
        one["location"].partition("//")[2].partition("/")[2]
        for one in world.ledger(
            "SELECT location FROM switchyard.load_publication "
            "WHERE published_at IS NOT NULL AND removed_at IS NULL"
        )
    ]
    known = (*held, *given)
    books.account("lake", keys(s3, federation.LAKE), lambda key: key.startswith(known))
    books.account("uploads", uploads(s3, federation.LAKE), lambda _: False)
    columns = ", ".join(FEW_COLUMNS)
    for target in targets:
        found = world.ask(f"SELECT {columns} FROM {target}")
        books.compare(
            f"rows of {target}",
            world.edit(f"SELECT {columns} FROM item"),
            (tuple(row.values()) for row in found),
        )
    if targets:
        keyed = "SELECT i_item_sk, i_category_id FROM item"
        numbers = (tuple(int(value or 0) for value in row) for row in world.ask_lake(keyed))
        books.compare("rows of the lake", world.edit(keyed), numbers)
    ledger_books(books, world.ledger, runs, **notes)
    return books
