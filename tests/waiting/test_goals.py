from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchyard.errors import BadInput
from switchyard.waiting import goals
from switchyard.waiting.goals import Failed, Goal, Pending, Ready, Watch, evaluate
from switchyard.waiting.kinds import KINDS, Wait
from switchyard.waiting.requests import FilteredKind, QueryKind

RDS_GOALS = {
    "snapshot_available": goals.snapshot_available(),
    "cluster_available": goals.cluster_available(),
    "cluster_restored": goals.cluster_restored(),
    "cluster_renamed": goals.cluster_renamed("orders"),
    "cluster_started": goals.cluster_started(),
    "cluster_stopped": goals.cluster_stopped(),
    "cluster_deleted": goals.cluster_deleted(),
    "instance_available": goals.instance_available(),
    "instance_renamed": goals.instance_renamed("orders-1"),
    "instance_deleted": goals.instance_deleted(),
}


def seen(goal, *items, step=1.0):
    """Feed looks to a watch and name the verdicts."""
    watch = Watch(goal, "Status")
    return [type(watch.see(item, number * step)).__name__ for number, item in enumerate(items)]


def test_a_status_in_neither_set_keeps_waiting():
    """It should leave an unknown status to the deadline."""
    assert evaluate(goals.cluster_available(), {"Status": "frobnicating"}) == Pending("frobnicating")


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("cluster_available", "inaccessible-encryption-credentials"),
        ("cluster_available", "inaccessible-encryption-credentials-recoverable"),
        ("cluster_available", "migration-failed"),
        ("cluster_available", "cloning-failed"),
        ("cluster_available", "stopped"),
        ("instance_available", "incompatible-network"),
        ("instance_available", "restore-error"),
        ("instance_available", "storage-full"),
        ("instance_available", "insufficient-capacity"),
        ("snapshot_available", "failed"),
        ("cluster_stopped", "incompatible-parameters"),
    ],
)
def test_terminal_states_end_the_wait(name, status):
    """It should fail at once where botocore's own waiters use up all their attempts."""
    assert evaluate(RDS_GOALS[name], {"Status": status}) == Failed(status, f"its status is {status}")


@pytest.mark.parametrize(
    "status", ["creating", "migrating", "modifying", "renaming", "backing-up", "starting"]
)
def test_transitional_states_keep_waiting(status):
    """It should not mistake work under way for an end."""
    assert evaluate(goals.cluster_available(), {"Status": status}) == Pending(status)


def test_a_rename_is_believed_at_the_second_look():
    """It should see through the old name and the first "available", which AWS still shows after the call."""
    old = {"Status": "available", "DBClusterIdentifier": "orders-new"}
    new = {"Status": "available", "DBClusterIdentifier": "orders"}
    moving = {"Status": "renaming", "DBClusterIdentifier": "orders-new"}
    verdicts = seen(goals.cluster_renamed("orders"), old, old, moving, None, new, moving, new, new)
    assert verdicts == ["Pending"] * 7 + ["Ready"]


def test_a_renamed_cluster_may_stay_invisible_but_not_for_ever():
    """It should take not-found for a part of the rename, and after long minutes for a failure."""
    verdicts = seen(goals.cluster_renamed("orders"), *[None] * 5, step=300.0)
    assert verdicts == ["Pending", "Pending", "Pending", "Failed", "Failed"]


def test_reappearing_starts_the_absence_anew():
    """It should count only unbroken absence."""
    goal = Goal(ready=(), failed=(), absent="ready", absent_grace=2.0)
    creating = {"Status": "deleting"}
    assert seen(goal, None, None, creating, None, None, None) == ["Pending"] * 5 + ["Ready"]


def test_a_deletion_is_believed_at_the_second_look():
    """It should not take one empty answer for the end of a cluster."""
    gone = {"Status": "deleting"}
    verdicts = seen(goals.cluster_deleted(), {"Status": "available"}, gone, None, gone, None, None)
    assert verdicts == ["Pending"] * 5 + ["Ready"]


def test_a_restored_cluster_needs_its_restorable_times():
    """It should keep waiting while backups of the new cluster would still be refused."""
    early = {"Status": "available", "EarliestRestorableTime": None}
    usable = {"Status": "available", "EarliestRestorableTime": 1, "LatestRestorableTime": 2}
    assert seen(goals.cluster_restored(), early, usable) == ["Pending", "Ready"]


def test_absence_waits_unless_told_otherwise():
    """It should not fail on a resource that was made a moment ago and is not visible yet."""
    assert evaluate(goals.snapshot_available(), None, absent_for=10_000) == Pending("absent")


@pytest.mark.parametrize("goal", RDS_GOALS.values(), ids=RDS_GOALS)
def test_goals_survive_storage(goal):
    """It should come back from Airflow's database as it went in."""
    assert Goal.from_dict(json.loads(json.dumps(goal.as_dict()))) == goal


@pytest.mark.parametrize("goal", RDS_GOALS.values(), ids=RDS_GOALS)
def test_no_status_is_both_good_and_bad(goal):
    """It should keep ready and failed apart."""
    assert set(goal.ready).isdisjoint(goal.failed)


@given(
    goal=st.sampled_from(list(RDS_GOALS.values())),
    statuses=st.lists(
        st.sampled_from(["available", "renaming", "failed", "deleting", "odd", None]), max_size=12
    ),
)
def test_a_watch_never_says_ready_before_enough_looks(goal, statuses):
    """It should say ready only after as many reached looks in a row as the goal asks for."""
    watch = Watch(goal, "Status")
    reached = 0
    for second, status in enumerate(statuses):
        item = (
            None if status is None else {"Status": status, **goal.fields, **dict.fromkeys(goal.non_null, 1)}
        )
        single = evaluate(goal, item, absent_for=float(second))
        verdict = watch.see(item, float(second))
        reached = reached + 1 if isinstance(single, Ready) else 0
        assert not isinstance(verdict, Ready) or reached >= goal.polls


def test_waits_name_a_known_kind():
    """It should refuse a kind that nobody can poll."""
    with pytest.raises(
        BadInput, match=r"^kind is 'lambda': nothing of this kind can be waited for\. Use db_cluster,"
    ):
        Wait("lambda", "x", goals.cluster_available())


@pytest.mark.parametrize("identifier", ["", "two words", "1st", "a,b", "ä", "x" * 256])
def test_waits_name_a_possible_resource(identifier):
    """It should keep a name that AWS refuses out of the poller, where it would fail the waits of others."""
    with pytest.raises(BadInput, match="it cannot name a db_cluster"):
        Wait("db_cluster", identifier, goals.cluster_available())


def test_goals_stored_before_an_upgrade_are_understood():
    """It should go on with a wait that was stored when goals had fewer fields."""
    stored = goals.cluster_renamed("orders").as_dict()
    del stored["differs"], stored["failed_grace"]
    assert Goal.from_dict(stored) == goals.cluster_renamed("orders")


def test_an_old_failure_is_seen_through():
    """It should believe a failed status when it lasts, where the same was shown before the work was asked for."""
    goal = Goal(ready=("available",), failed=("failed",), failed_grace=2.0)
    failed, moving, ready = ({"Status": status} for status in ("failed", "creating", "available"))
    assert seen(goal, failed, failed, moving, ready) == ["Pending"] * 3 + ["Ready"]
    assert seen(goal, failed, failed, moving, failed, failed, failed) == ["Pending"] * 5 + ["Failed"]


DMS = "arn:aws:dms:us-west-2:111111111111"
EXAMPLES = {
    "package": "F123456789",
    "domain_package": "products:F123456789",
    "replication_task": f"{DMS}:task:ABC",
    "connection_test": f"{DMS}:rep:ABC:{DMS}:endpoint:DEF",
}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_kinds_match_the_service_model(kind):
    """It should name an operation, a result, an id and a status that botocore knows, and ask as it says."""
    import botocore.session
    from botocore import xform_name
    from botocore.validate import ParamValidator

    model = botocore.session.get_session().get_service_model(kind.service)
    (name,) = [one for one in model.operation_names if xform_name(one) == kind.operation]
    operation = model.operation_model(name)
    answer = operation.output_shape.members
    fields = answer[kind.result_key].member.members if kind.result_key else answer
    if isinstance(kind, QueryKind):
        fields = {**fields, **fields["Status"].members}
    assert {*kind.id_fields, kind.status_field} <= set(fields)
    mark, argument = kind.next_page
    assert not mark or mark in answer
    (request,) = kind.requests([EXAMPLES.get(kind.name, "orders")])
    asked = {**request.arguments, **({argument: "next"} if mark else {})}
    assert not ParamValidator().validate(asked, operation.input_shape).has_errors()
    if isinstance(kind, FilteredKind) and kind.service in ("rds", "dms"):
        assert kind.filter_name in operation.input_shape.members["Filters"].documentation
    elif isinstance(kind, FilteredKind):
        (filters,) = asked["Filters"]
        names = operation.input_shape.members["Filters"].member.members["Name"]
        assert filters["Name"] in names.enum


@pytest.mark.parametrize(
    ("kind", "identifier"),
    [
        ("package", "products-synonyms"),
        ("domain_package", "products"),
        ("domain_package", "products:synonyms"),
    ],
)
def test_packages_are_named_by_their_ids(kind, identifier):
    """It should keep a name out of the poller where the service goes by ids."""
    with pytest.raises(BadInput, match=f"it cannot name a {kind}"):
        Wait(kind, identifier, goals.cluster_available())


def test_packages_of_one_domain_are_asked_for_together():
    """It should need a call per domain and not one per package."""
    wanted = ["products:F1", "shops:F1", "products:F2"]
    kind = KINDS["domain_package"]
    assert [(one.identifiers, one.arguments["DomainName"]) for one in kind.requests(wanted)] == [
        (("products:F1", "products:F2"), "products"),
        (("shops:F1",), "shops"),
    ]
    assert kind.calls(wanted) == 2
