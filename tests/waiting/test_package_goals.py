"""Version-safe waits: what one may believe while OpenSearch Service takes over a new file."""

from __future__ import annotations

import json

import pytest

from switchyard.waiting import package_goals as goals
from switchyard.waiting.goals import Failed, Goal, Watch
from switchyard.waiting.kinds import KINDS

GOALS = {
    "package_updated": goals.package_updated("v1"),
    "package_available": goals.package_available(),
    "package_has_version": goals.package_has_version("v2"),
    "association_has_version": goals.association_has_version("v2"),
    "association_active": goals.association_active(),
}

OLD = [("AVAILABLE", "v1")]
UPDATES = {
    "status first": [
        *OLD * 3,
        ("COPYING", "v1"),
        ("VALIDATING", "v1"),
        ("AVAILABLE", "v1"),
        ("AVAILABLE", "v2"),
    ],
    "version first": [
        *OLD * 3,
        ("AVAILABLE", "v2"),
        ("COPYING", "v2"),
        ("VALIDATING", "v2"),
        ("AVAILABLE", "v2"),
    ],
    "version while copying": [*OLD, ("COPYING", "v1"), ("VALIDATING", "v2"), ("AVAILABLE", "v2")],
}
ASSOCIATIONS = {
    "status first": [("ACTIVE", "v1"), ("ASSOCIATING", "v1"), ("ACTIVE", "v1"), ("ACTIVE", "v2")],
    "version first": [("ACTIVE", "v1"), ("ACTIVE", "v2"), ("ASSOCIATING", "v2"), ("ACTIVE", "v2")],
}


def looks(kind, goal, states, *, step=1.0, **more):
    """Feed the states of a resource to a watch, the last one twice, and name the verdicts."""
    fields = {"package": goals.VERSION, "domain_package": goals.VERSION_ON_DOMAIN}
    watch = Watch(goal, KINDS[kind].status_field)
    items = [{KINDS[kind].status_field: status, fields[kind]: version, **more} for status, version in states]
    return [watch.see(item, number * step) for number, item in enumerate([*items, items[-1]])]


def names(verdicts):
    return [type(one).__name__ for one in verdicts]


@pytest.mark.parametrize("states", UPDATES.values(), ids=UPDATES)
@pytest.mark.parametrize("goal", ["package_updated", "package_has_version"])
def test_an_update_has_ended_when_status_and_version_say_so(goal, states):
    """It should keep waiting while AVAILABLE describes the version before, in whatever order they change (P01)."""
    assert names(looks("package", GOALS[goal], states)) == ["Pending"] * len(states) + ["Ready"]


@pytest.mark.parametrize("states", ASSOCIATIONS.values(), ids=ASSOCIATIONS)
def test_an_association_has_ended_when_status_and_version_say_so(states):
    """It should keep waiting while ACTIVE describes the version before, in whatever order they change (P05)."""
    verdicts = looks("domain_package", GOALS["association_has_version"], states)
    assert names(verdicts) == ["Pending"] * len(states) + ["Ready"]


@pytest.mark.parametrize(
    ("kind", "goal", "status"),
    [
        ("package", "package_updated", "COPY_FAILED"),
        ("package", "package_updated", "VALIDATION_FAILED"),
        ("package", "package_has_version", "DELETING"),
        ("domain_package", "association_has_version", "ASSOCIATION_FAILED"),
        ("domain_package", "association_active", "DISSOCIATING"),
    ],
)
def test_a_failure_is_told_in_the_words_of_the_service(kind, goal, status):
    """It should end the wait with what AWS says about the failure (P02)."""
    details = {"ErrorType": "Refused", "ErrorMessage": "the file is not UTF-8"}
    verdict, _ = looks(kind, GOALS[goal], [(status, "v1")], ErrorDetails=details)
    assert verdict == Failed(status, f"its status is {status}, Refused, the file is not UTF-8")


def test_a_failure_of_the_version_before_is_not_believed():
    """It should see through the old failure that is shown until the new update begins."""
    states = [("COPY_FAILED", "v1")] * 2 + [("COPYING", "v1"), ("AVAILABLE", "v2")]
    patient = goals.package_updated("v1", failed_grace=10.0)
    assert names(looks("package", patient, states)) == ["Pending"] * 4 + ["Ready"]
    assert names(looks("package", GOALS["package_updated"], states))[0] == "Failed"
    assert names(looks("package", patient, [("COPY_FAILED", "v1")] * 11))[-1] == "Failed"


def test_a_package_without_a_version_has_been_updated_by_its_first():
    """It should wait for any version where there was none."""
    states = [("COPYING", None), ("AVAILABLE", None), ("AVAILABLE", "v1")]
    assert names(looks("package", goals.package_updated(""), states)) == ["Pending"] * 3 + ["Ready"]


@pytest.mark.parametrize("goal", GOALS.values(), ids=GOALS)
def test_goals_survive_storage(goal):
    """It should come back from Airflow's database as it went in."""
    assert Goal.from_dict(json.loads(json.dumps(goal.as_dict()))) == goal
