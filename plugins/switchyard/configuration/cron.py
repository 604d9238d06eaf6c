"""Cron expressions: validity, and the longest time between two firings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import CroniterError, croniter

from switchyard.errors import BadInput

PRESETS = {"@hourly": "0 * * * *", "@daily": "0 0 * * *", "@weekly": "0 0 * * 0", "@monthly": "0 0 1 * *"}
_DAYS = 60
"""Firing days looked at for the longest gap: every weekday, every month's end."""
_START = datetime(2026, 1, 1, tzinfo=UTC)


@cache
def check_cron(value: str) -> str:
    """Refuse a cron expression that Airflow could not schedule.

    Raises:
        BadInput: It has not five fields, is not understood, or never fires.
    """
    remedy = (
        "Write five fields, minute hour day month weekday, such as '0 * * * *'; or @hourly, @daily, @weekly."
    )
    expression = PRESETS.get(value, value)
    if (count := len(expression.split())) != 5:
        raise BadInput("", value, f"it has {count} field{'s' * (count != 1)} instead of five", remedy)
    try:
        croniter(expression, _START).get_next(datetime)
    except CroniterError as error:
        raise BadInput("", value, f"it is no cron expression: {error}", remedy) from error
    return value


def check_timezone(value: str) -> str:
    """Refuse a time zone that the zone database does not know; raises BadInput."""
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadInput(
            "", value, "no such time zone", "Write UTC or a name such as Europe/Berlin."
        ) from error
    return value


@cache
def longest_gap(expression: str) -> timedelta:
    """Give the longest time between two firings, clock changes aside.

    Minutes and hours repeat on each day that fires, so that days are looked at apart from the times within one.
    """
    fields = PRESETS.get(expression, expression).split()
    minutes, hours = _values(fields, 0, 60), _values(fields, 1, 24)
    times = [timedelta(hours=hour, minutes=minute) for hour in hours for minute in minutes]
    within = max((later - earlier for earlier, later in pairwise(times)), default=timedelta(0))
    schedule = croniter(" ".join(["0", "0", *fields[2:]]), _START)
    days: list[datetime] = [schedule.get_next(datetime) for _ in range(_DAYS)]
    between = max(later - earlier for earlier, later in pairwise(days))
    return max(within, between - (times[-1] - times[0]))


def _values(fields: list[str], position: int, limit: int) -> list[int]:
    """List the minutes (position 0) or hours (position 1) that the fields stand for."""
    expanded = croniter.expand(" ".join(fields))[0][position]
    return list(range(limit)) if expanded == ["*"] else sorted(expanded)
