"""The fields that tell, on every line of a step's log, whose it is.

Airflow writes its logs as JSON through structlog, with what is bound there beside the text of a line. It binds
``dag_id``, ``run_id``, ``task_id``, ``map_index`` and ``try_number`` itself; here comes what it cannot know.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from structlog.contextvars import bound_contextvars

FIELDS = {
    "pipeline": "Name of the pipeline instance, such as retail",
    "stamp": "The run's stamp, which names and tags what it makes",
    "account_id": "Account that the step works in",
    "region": "Region that it works in",
    "resource": "What the step is about: a cluster, snapshot, package, domain, table or task of replication",
}
"""What each line of a step says besides its text and Airflow's own fields."""

_ABOUT = (
    "live_id",
    "source_id",
    "snapshot_id",
    "source_snapshot_arn",
    "package_name",
    "replication_task_id",
)
"""Attributes of operators that name what a step is about, the first one that is there first."""


def identified(operator: Any, context: Mapping[str, Any]) -> AbstractContextManager[None]:
    """Put the fields on every line that is logged inside the block, by whatever logger."""
    dag_id = getattr(context["ti"], "dag_id", "") or ""
    known = {
        "pipeline": dag_id.rpartition("__")[2],
        "stamp": getattr(operator, "stamp", None),
        "account_id": operator.account_id,
        "region": operator.region_name,
        "resource": _resource(operator),
    }
    return bound_contextvars(**{name: value for name, value in known.items() if value})


def _resource(operator: Any) -> str | None:
    for holder in ("table_content", "domain"):
        named = getattr(operator, holder, None)
        if isinstance(named, Mapping):
            return str(named.get("name") or "") or None
    found = (getattr(operator, name, None) for name in _ABOUT)
    return next((one for one in found if isinstance(one, str) and one), None)
