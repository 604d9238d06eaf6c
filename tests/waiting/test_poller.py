from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import Counter

import pytest

from switchyard.waiting import package_goals, poller, requests
from switchyard.waiting.goals import Goal, cluster_available, cluster_deleted, cluster_renamed
from switchyard.waiting.kinds import KINDS
from switchyard.waiting.trigger import PauseTrigger, ResourceTrigger
from tests.support.aws_connections import SOURCE

pytestmark = pytest.mark.usefixtures("aws_connections")

STOPPED = Goal(ready=("stopped",), failed=("failed",))


@pytest.fixture(autouse=True)
def _swift(monkeypatch):
    monkeypatch.setattr(poller, "SECONDS_PER_CALL", 0.05)


@pytest.fixture
def rds(sandbox):
    """A client of the source account, with a maker of clusters."""
    return sandbox.client("rds", "source")


def make_cluster(rds, name, **settings):
    return rds.create_db_cluster(
        DBClusterIdentifier=name,
        Engine="aurora-mysql",
        MasterUsername="admin",
        MasterUserPassword="not-a-secret-9",
        **settings,
    )["DBCluster"]


def trigger(identifier, goal=None, *, seconds=20.0, interval=0.1, kind="db_cluster", **changes):
    goal = goal or cluster_available()
    return ResourceTrigger(
        kind=kind,
        identifier=identifier,
        goal=goal.as_dict(),
        deadline=time.time() + seconds,
        poll_interval=interval,
        **{**SOURCE, **changes},
    )


async def fired(one):
    """The events of a trigger, which must be one, and nothing left running."""
    return [event.payload async for event in one.run()]


def outcome_of(*triggers):
    async def main():
        events = await asyncio.gather(*(fired(one) for one in triggers))
        assert poller.running_pollers() == 0
        return [event for (event,) in events]

    return asyncio.run(main())


def describes(sandbox, operation="DescribeDBClusters"):
    return len(sandbox.calls(f"rds:{operation}"))


def test_a_wait_ends_when_the_goal_is_reached(sandbox, rds):
    """It should fire one event and say what was reached."""
    make_cluster(rds, "orders")
    (event,) = outcome_of(trigger("orders"))
    assert (event["status"], event["item_status"]) == ("ready", "available")
    assert json.loads(json.dumps(event))["goal"]["ready"] == ["available"]


def test_a_wait_ends_when_the_goal_is_out_of_reach(sandbox, rds):
    """It should say which state ended it."""
    make_cluster(rds, "orders")
    sandbox.force_status("db_cluster", "orders", "failed", account=SOURCE["account_id"], region="us-west-2")
    (event,) = outcome_of(trigger("orders"))
    assert (event["status"], event["reason"]) == ("failed", "its status is failed")


def test_a_wait_ends_at_its_deadline(sandbox, rds):
    """It should say what it saw last when time ran out."""
    make_cluster(rds, "orders")
    (event,) = outcome_of(trigger("orders", STOPPED, seconds=3.0))
    assert event["status"] == "timeout"
    assert event["reason"] == "its status was available when time ran out"


def test_a_deadline_in_the_past_fires_at_once(sandbox):
    """It should not poll for a wait that is over."""
    (event,) = outcome_of(trigger("orders", seconds=-5.0))
    assert event["status"] == "timeout"


def test_waits_on_one_kind_share_one_chain(sandbox, rds):
    """It should ask as often for thirty waits as for one."""
    for number in range(3):
        make_cluster(rds, f"orders-{number}")
    waits = [trigger(f"orders-{n % 3}", STOPPED, seconds=4.0, interval=0.5) for n in range(30)]
    before = describes(sandbox)
    events = outcome_of(*waits)
    assert Counter(event["status"] for event in events) == {"timeout": 30}
    assert 3 <= describes(sandbox) - before <= 9


def test_many_ids_are_asked_for_a_hundred_at_a_time(sandbox, rds):
    """It should need three calls for 250 ids, not 250 and not one that AWS would page."""
    for number in range(3):
        make_cluster(rds, f"orders-{number}")
    waits = [trigger(f"orders-{number}", STOPPED, seconds=4.0, interval=30.0) for number in range(250)]
    before = describes(sandbox)
    events = outcome_of(*waits)
    assert describes(sandbox) - before == 3
    assert Counter(event["item_status"] for event in events) == {"available": 3, "absent": 247}


def test_the_chain_slows_down_with_its_pages(sandbox, monkeypatch):
    """It should keep the average rate of calls whatever the number of waits."""
    monkeypatch.setattr(poller, "SECONDS_PER_CALL", 0.5)
    waits = [trigger(f"orders-{number}", STOPPED, seconds=4.0, interval=0.01) for number in range(201)]
    outcome_of(*waits)
    assert 3 <= describes(sandbox) <= 9


def test_statements_are_looked_at_more_often(sandbox, monkeypatch):
    """It should not let many statements, each of which costs a call, slow down the end of short ones."""
    monkeypatch.setattr(poller, "SECONDS_PER_CALL", 60.0)
    ids = [f"00000000-0000-0000-0000-{number:012}" for number in range(10)]
    waits = [trigger(one, kind="redshift_statement", seconds=4.0) for one in ids]
    outcome_of(*waits)
    assert 20 <= len(sandbox.calls("redshift-data:DescribeStatement")) <= 50


def test_kinds_regions_and_connections_are_polled_apart(sandbox, rds):
    """It should ask each Region for its own resources."""
    make_cluster(rds, "orders")
    events = outcome_of(trigger("orders"), trigger("orders", seconds=3.0, region_name="us-west-1"))
    assert [event["status"] for event in events] == ["ready", "timeout"]


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if kind.service == "rds"])
def test_every_kind_of_rds_is_found_by_its_id(sandbox, rds, kind):
    """It should see each kind of resource in a real answer, by name in any case."""
    cluster = make_cluster(rds, "orders")
    instance = rds.create_db_instance(
        DBInstanceIdentifier="orders-1",
        DBClusterIdentifier="orders",
        DBInstanceClass="db.r6g.large",
        Engine="aurora-mysql",
    )["DBInstance"]
    rds.create_db_cluster_snapshot(DBClusterIdentifier="orders", DBClusterSnapshotIdentifier="orders-rp")
    rds.create_db_instance(
        DBInstanceIdentifier="ledger",
        DBInstanceClass="db.r6g.large",
        Engine="mysql",
        AllocatedStorage=20,
        MasterUsername="admin",
        MasterUserPassword="not-a-secret-9",
    )
    rds.create_db_snapshot(DBInstanceIdentifier="ledger", DBSnapshotIdentifier="ledger-rp")
    ids = {
        "db_cluster": "Orders",
        "db_cluster_by_resource_id": cluster["DbClusterResourceId"],
        "db_instance": "orders-1",
        "db_instance_by_resource_id": instance["DbiResourceId"],
        "db_cluster_snapshot": "orders-rp",
        "db_snapshot": "Ledger-rp",
    }
    (event,) = outcome_of(trigger(ids[kind], kind=kind))
    assert event["status"] == "ready"


def test_a_rename_is_followed_by_resource_id(sandbox, rds):
    """It should end when the cluster bears its new name, which it had not at first."""
    cluster = make_cluster(rds, "orders-new")
    wait = trigger(
        cluster["DbClusterResourceId"], cluster_renamed("orders"), kind="db_cluster_by_resource_id"
    )

    async def main():
        waiting = asyncio.create_task(fired(wait))
        await asyncio.sleep(0.5)
        assert not waiting.done()
        await asyncio.to_thread(
            rds.modify_db_cluster,
            DBClusterIdentifier="orders-new",
            NewDBClusterIdentifier="orders",
            ApplyImmediately=True,
        )
        (event,) = await waiting
        assert event["status"] == "ready"

    asyncio.run(main())


def test_a_deletion_ends_in_absence(sandbox, rds):
    """It should take a cluster for deleted when AWS shows it no more."""
    wait = trigger("cluster-GONE", cluster_deleted(), kind="db_cluster_by_resource_id")
    (event,) = outcome_of(wait)
    assert (event["status"], event["item_status"]) == ("ready", "absent")


def test_a_late_comer_is_looked_at_within_its_own_interval(sandbox, rds):
    """It should not wait for the slow rhythm of those who came before."""
    make_cluster(rds, "orders")

    async def main():
        slow = asyncio.create_task(fired(trigger("nobody", seconds=20.0, interval=15.0)))
        await asyncio.sleep(1.0)
        began = time.monotonic()
        (event,) = await fired(trigger("orders", interval=0.2))
        assert event["status"] == "ready"
        assert time.monotonic() - began < 7.5
        slow.cancel()

    asyncio.run(main())


def test_cancelled_waits_leave_nothing_behind(sandbox, rds):
    """It should go on for the others, and stop asking when the last one has gone."""

    async def main():
        waits = [asyncio.create_task(fired(trigger(f"orders-{n}", STOPPED, interval=0.1))) for n in range(20)]
        await asyncio.sleep(0.8)
        for wait in waits[1:]:
            wait.cancel()
        await asyncio.sleep(0.3)
        assert poller.running_pollers() == 1
        assert not waits[0].done()
        waits[0].cancel()
        await asyncio.gather(*waits, return_exceptions=True)
        assert poller.running_pollers() == 0
        await asyncio.sleep(0.2)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert others == set()
        calls = describes(sandbox)
        await asyncio.sleep(0.5)
        assert describes(sandbox) == calls

    asyncio.run(main())


def test_a_new_wait_after_the_last_one_starts_afresh(sandbox, rds):
    """It should not hang on a poller that is ending."""
    make_cluster(rds, "orders")

    async def main():
        for _ in range(3):
            (event,) = await fired(trigger("orders"))
            assert event["status"] == "ready"

    asyncio.run(main())


def test_errors_that_pass_are_waited_out(sandbox, rds, caplog):
    """It should log them, ask again, and end well."""
    make_cluster(rds, "orders")
    sandbox.fault("rds:DescribeDBClusters", "error", code="InvalidDBClusterStateFault", message="no", times=2)
    with caplog.at_level(logging.WARNING, "switchyard.waiting.poller"):
        (event,) = outcome_of(trigger("orders"))
    assert event["status"] == "ready"
    assert [r.message.split(" of ")[0] for r in caplog.records if r.name == "switchyard.waiting.poller"] == [
        "Try 1",
        "Try 2",
    ]


def test_errors_that_do_not_pass_are_bounded_by_the_deadline(sandbox):
    """It should say what kept it from looking."""
    sandbox.fault(
        "rds:DescribeDBClusters", "error", code="InvalidDBClusterStateFault", message="no", times=None
    )
    (event,) = outcome_of(trigger("orders", seconds=8.0))
    assert event["status"] == "timeout"
    assert "its status was unknown" in event["reason"]
    assert "the last looks failed: An error occurred (InvalidDBClusterStateFault)" in event["reason"]


def test_errors_that_a_person_must_mend_end_all_waits(sandbox):
    """It should hand them on as events, as Airflow keeps only the text of a raised error."""
    sandbox.fault("rds:DescribeDBClusters", "error", code="AccessDenied", message="not yours", times=None)
    events = outcome_of(trigger("orders"), trigger("other"))
    assert {event["status"] for event in events} == {"error"}
    assert "(AccessDenied)" in events[0]["reason"]
    assert "role" in events[0]["remedy"]


def test_a_wrong_account_ends_the_wait(sandbox):
    """It should not report the state of somebody else's cluster."""
    (event,) = outcome_of(trigger("orders", account_id="222222222222"))
    assert event["status"] == "error"
    assert "it leads to account 111111111111" in event["reason"]
    assert describes(sandbox) == 0


def test_a_wait_that_comes_as_the_poller_gives_up_gets_a_new_one(sandbox, rds):
    """It should not join the waits of a poller that has ended."""
    make_cluster(rds, "orders")
    sandbox.fault("rds:DescribeDBClusters", "error", code="AccessDenied", message="not yours", times=1)
    key = poller.PollerKey(SOURCE["aws_conn_id"], SOURCE["account_id"], SOURCE["region_name"], "db_cluster")

    async def main():
        early = poller.new_waiter(key, "orders", STOPPED, 0.1)
        refused = asyncio.create_task(poller.outcome_of(key, early))
        while not early.future.done():
            await asyncio.sleep(0)
        assert not refused.done()
        late = poller.new_waiter(key, "orders", cluster_available(), 0.1)
        assert (await asyncio.wait_for(poller.outcome_of(key, late), 30)).status == "ready"
        assert (await refused).status == "error"
        assert poller.running_pollers() == 0

    asyncio.run(main())


def test_the_poller_does_not_log_into_the_first_waits_task_log(sandbox, rds):
    """It should run outside the context of whoever came first."""
    import contextvars

    whose = contextvars.ContextVar("whose", default="nobody")
    seen = []
    make_cluster(rds, "orders")

    async def main():
        whose.set("the first wait")
        original = poller.Poller._look

        async def spying(self, client):
            seen.append(whose.get())
            await original(self, client)

        poller.Poller._look = spying
        try:
            await fired(trigger("orders"))
        finally:
            poller.Poller._look = original

    asyncio.run(main())
    assert set(seen) == {"nobody"}


def test_a_bug_in_the_poller_is_raised_in_its_waits(sandbox, monkeypatch):
    """It should not leave them hanging until their deadlines."""

    async def broken(self, client):
        raise KeyError("bug")

    monkeypatch.setattr(poller.Poller, "_look", broken)

    async def main():
        with pytest.raises(KeyError, match="bug"):
            await fired(trigger("orders"))

    asyncio.run(main())


def test_triggers_survive_storage():
    """It should come back from Airflow's database as the same trigger, without any secret."""
    from airflow.models.trigger import Trigger

    for one in (trigger("orders"), PauseTrigger(moment=1.5)):
        classpath, kwargs = one.serialize()
        stored = Trigger(classpath, kwargs)
        again = type(one)(**stored.kwargs)
        assert again.serialize() == one.serialize()
        assert "sandbox" not in json.dumps(kwargs)


def test_a_pause_ends_at_its_moment():
    """It should fire when the moment has come, at once when it has passed."""
    began = time.monotonic()
    assert asyncio.run(fired(PauseTrigger(moment=time.time() + 0.3))) == [{"status": "ready"}]
    assert asyncio.run(fired(PauseTrigger(moment=0.0))) == [{"status": "ready"}]
    assert 0.25 < time.monotonic() - began < 2


def test_no_trigger_overrides_on_kill():
    """It should cancel nothing where Airflow calls on_kill without anybody having killed anything."""
    from airflow.triggers.base import BaseTrigger

    assert ResourceTrigger.on_kill is BaseTrigger.on_kill
    assert PauseTrigger.on_kill is BaseTrigger.on_kill


@pytest.fixture
def packages(sandbox):
    """Three packages, each on the domain "products"."""
    client, s3 = sandbox.client("opensearch", "source"), sandbox.client("s3", "source")
    s3.create_bucket(Bucket="words", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    s3.put_object(Bucket="words", Key="synonyms.txt", Body=b"danish, croissant\n")
    client.create_domain(DomainName="products", EngineVersion="OpenSearch_2.17")
    ids = []
    for number in range(3):
        made = client.create_package(
            PackageName=f"synonyms-{number}",
            PackageType="TXT-DICTIONARY",
            PackageSource={"S3BucketName": "words", "S3Key": "synonyms.txt"},
        )
        ids.append(made["PackageDetails"]["PackageID"])
        client.associate_package(PackageID=ids[-1], DomainName="products")
    return ids


def test_packages_are_found_by_their_ids(sandbox, packages):
    """It should see packages, and packages on a domain, in real answers, with one call for all of a kind."""
    before = len(sandbox.calls("es:DescribePackages"))
    events = outcome_of(
        *(trigger(one, package_goals.package_available(), kind="package") for one in packages),
        *(
            trigger(f"products:{one}", package_goals.association_has_version("v1"), kind="domain_package")
            for one in packages
        ),
    )
    assert {(event["status"], event["item_status"]) for event in events} == {
        ("ready", "AVAILABLE"),
        ("ready", "ACTIVE"),
    }
    for operation in ("es:DescribePackages", "es:ListPackagesForDomain"):
        assert 2 <= len(sandbox.calls(operation)) - before <= 4


def test_pages_of_packages_are_followed(sandbox, packages, monkeypatch):
    """It should find a package on whichever page it is."""
    monkeypatch.setattr(requests, "LARGEST_PAGE", 1)
    goal = package_goals.association_active()
    events = outcome_of(*(trigger(f"products:{one}", goal, kind="domain_package") for one in packages))
    assert {event["status"] for event in events} == {"ready"}
    assert len(sandbox.calls("es:ListPackagesForDomain")) >= 2 * 3


def test_a_package_that_is_gone_does_not_hide_the_others(sandbox, packages):
    """It should ask for each alone when the service refuses to show them together."""
    sandbox.fault("es:DescribePackages", "error", code="ResourceNotFoundException", message="no", status=409)
    goal = package_goals.package_available()
    events = outcome_of(*(trigger(one, goal, kind="package") for one in packages))
    assert {event["status"] for event in events} == {"ready"}


def test_a_domain_that_is_gone_is_absence(sandbox, packages):
    """It should take a domain that nobody knows for one without packages."""
    goal = Goal(ready=(), failed=(), absent="ready", absent_grace=0.0)
    (event,) = outcome_of(trigger(f"elsewhere:{packages[0]}", goal, kind="domain_package"))
    assert (event["status"], event["item_status"]) == ("ready", "absent")


def test_a_failed_package_is_told_with_its_details(sandbox, packages):
    """It should hand on what the service says about the failure, and what a person can do (P02)."""
    place = {"account": SOURCE["account_id"], "region": "us-west-2"}
    sandbox.force_status("package", packages[0], "VALIDATION_FAILED", **place)
    (event,) = outcome_of(trigger(packages[0], package_goals.package_available(), kind="package"))
    assert event["status"] == "failed"
    assert event["reason"].startswith("its status is VALIDATION_FAILED, ")
    assert "UTF-8" in KINDS["package"].remedy(packages[0], "VALIDATION_FAILED")
