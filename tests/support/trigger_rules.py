"""Whether a task runs, by its trigger rule and how the tasks before it have ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

FAILED = {"failed", "upstream_failed"}


def state_before(task: Any, ended: Callable[[str], list[str]]) -> str | None:
    """The state of a task that does not run; None where it runs.

    Args:
        task: the task.
        ended: gives the states of the instances of a task that has ended.
    """
    before = [state for task_id in task.upstream_task_ids for state in ended(task_id)]
    failed, skipped = any(state in FAILED for state in before), "skipped" in before
    return _RULES[str(task.trigger_rule.value)](task, failed, skipped, ended)


def _all_success(task: Any, failed: bool, skipped: bool, ended: Any) -> str | None:
    return "upstream_failed" if failed else "skipped" if skipped else None


def _none_failed_min_one_success(task: Any, failed: bool, skipped: bool, ended: Any) -> str | None:
    if failed:
        return "upstream_failed"
    return None if any("success" in ended(task_id) for task_id in task.upstream_task_ids) else "skipped"


def _none_failed(task: Any, failed: bool, skipped: bool, ended: Any) -> str | None:
    return "upstream_failed" if failed else None


def _all_done(task: Any, failed: bool, skipped: bool, ended: Any) -> str | None:
    return None


def _one_failed(task: Any, failed: bool, skipped: bool, ended: Any) -> str | None:
    return None if failed else "skipped"


def _all_done_setup_success(task: Any, failed: bool, skipped: bool, ended: Any) -> str | None:
    """A teardown runs when one of its setups has succeeded."""
    setups = [task.dag.get_task(task_id) for task_id in task.upstream_task_ids]
    states = [state for setup in setups if setup.is_setup for state in ended(setup.task_id)]
    if not states or "success" in states:
        return None
    return "upstream_failed" if any(state in FAILED for state in states) else "skipped"


_RULES = {
    "all_success": _all_success,
    "all_done": _all_done,
    "none_failed": _none_failed,
    "none_failed_min_one_success": _none_failed_min_one_success,
    "one_failed": _one_failed,
    "all_done_setup_success": _all_done_setup_success,
}
