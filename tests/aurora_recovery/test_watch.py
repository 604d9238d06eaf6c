"""What of an outage is news, by the clock and by what people know already."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from switchyard.aurora_recovery.alerts import SUBJECT_LIMIT, Alert
from switchyard.aurora_recovery.watch import DRILL, LOOK, POINT, Goals, Outage, Sight, complaints, news

NOW = datetime(2026, 2, 1, 12, tzinfo=UTC)
ARN = "arn:aws:rds:us-west-1:222222222222:cluster-snapshot:orders-rp-2602011100-0a1b2c"
GOALS = Goals(timedelta(minutes=90), timedelta(days=30))
WELL = Sight(ARN, NOW - timedelta(minutes=90), (), NOW - timedelta(days=30))


def causes(sight, goals=GOALS):
    return [one.cause for one in complaints(sight, goals, NOW)]


@pytest.mark.parametrize(
    ("sight", "expected"),
    [
        (WELL, []),
        (Sight(ARN, NOW - timedelta(minutes=90, seconds=1), (), NOW), [POINT]),
        (Sight(None, None, ("it is failed",), NOW), [POINT]),
        (Sight(ARN, NOW, (), NOW - timedelta(days=30, seconds=1)), [DRILL]),
        (Sight(ARN, NOW, (), None), [DRILL]),
        (Sight(proved_at=NOW, trouble="AccessDenied"), [LOOK]),
        (Sight(), [POINT, DRILL]),
    ],
)
def test_what_is_amiss(sight, expected):
    """It should complain from the first second beyond an objective on, and never about what was not seen."""
    assert causes(sight) == expected


def test_a_drill_is_only_asked_for_where_it_is_configured():
    """It should not complain about missing proofs that nobody promised."""
    assert causes(Sight(ARN, NOW), Goals(timedelta(minutes=90))) == []


def test_an_outage_began_when_the_objective_broke():
    """It should say since when, so that two looks at one outage agree."""
    (late,) = complaints(Sight(ARN, NOW - timedelta(days=19), (), NOW), GOALS, NOW)
    assert late.since == NOW - timedelta(days=19) + timedelta(minutes=90)
    assert "19 days old" in late.problem


def test_each_outage_is_told_once():
    """It should tell of what began, not of what goes on, and of what is over."""
    amiss = complaints(Sight(), GOALS, NOW)
    known = [Outage(POINT, NOW), Outage(LOOK, NOW)]
    told = news(amiss, known, sighted=True)
    assert [one.cause for one in told.begun] == [DRILL]
    assert told.over == (Outage(LOOK, NOW),)


def test_an_outage_is_not_over_because_nobody_could_look():
    """It should keep an outage of recovery points open through a look that failed."""
    amiss = complaints(Sight(proved_at=NOW, trouble="AccessDenied"), GOALS, NOW)
    told = news(amiss, [Outage(POINT, NOW), Outage(DRILL, NOW)], sighted=False)
    assert [one.cause for one in told.begun] == [LOOK]
    assert told.over == (Outage(DRILL, NOW),)


def test_an_alert_names_field_value_and_remedy():
    """It should be one JSON object of a known version, with a subject that SNS takes."""
    (late,) = complaints(Sight(None, None, ("x" * 500,), NOW), GOALS, NOW)
    alert = Alert("outage began", "aurora_recovery/" + "größe" * 40, late, NOW)
    body = json.loads(alert.to_json())
    assert (body["schema"], body["version"], body["event"]) == (
        "switchyard.recovery-alert",
        1,
        "outage began",
    )
    assert body["field"] == "newest usable recovery point"
    assert body["value"] == "none"
    assert body["remedy"].startswith("Look at the runs of recovery_point")
    assert len(alert.subject) == SUBJECT_LIMIT
    assert alert.subject.isascii()
