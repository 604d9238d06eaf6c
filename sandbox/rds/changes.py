"""What changes of clusters and of instances have in common."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from moto.rds.exceptions import InvalidParameterCombination
from moto.rds.models import MasterUserSecret

from sandbox.rds import dataplane, events
from sandbox.rds.changing import Renamable
from sandbox.rds.served import Served
from sandbox.runtime import runtime
from sandbox.transitions import Stage

LATE = 0.25
"""The part of a change's time in which the status does not show it yet."""
CREDENTIALS = "resetting-master-credentials"


def take(settings: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Take the named settings out, under the names of their attributes."""
    return {names[key]: settings.pop(key) for key in list(settings) if key in names}


def defer(resource: Renamable, waiting: dict[str, Any], *, now: bool) -> dict[str, Any]:
    """Keep what waits for the maintenance window, or return all that is due now."""
    waiting = resource.pending | waiting
    resource.pending, due = ({}, waiting) if now else (waiting, {})
    return due


def check_rotation(served: Served, *, now: bool) -> None:
    """Refuse a rotation of the master password that would wait, or of one that nobody manages."""
    if not now:
        raise InvalidParameterCombination(
            "You must specify apply immediately when rotating the master user password."
        )
    if not served.manage_master_user_password:
        raise InvalidParameterCombination(
            "You can rotate the master user password only where Secrets Manager manages it."
        )


def begin_change(
    served: Served,
    settings: dict[str, Any],
    due: Mapping[str, Any],
    *,
    direct: Mapping[str, str],
    status: str = "modifying",
) -> list[Stage]:
    """Change at once what does not wait, and return the stages in which the rest is changed.

    `settings` are those that do not wait, with their attributes in `direct`; `due` are attributes that have waited.
    Meanwhile the resource shows `status`, or that its master password is changed.
    """
    password = settings.pop("master_user_password", None)
    if password:
        served.master_user_password = password
    password = _managed_password(served, settings) or password
    _change_log_exports(served, settings.pop("cloudwatch_logs_export_configuration", None) or {})
    for key, value in settings.items():
        setattr(served, direct[key], value)

    def end() -> None:
        for key, value in due.items():
            setattr(served, key, value)
        served.status = "available"
        if password:
            events.record("RDS-EVENT-0016", served, served.KIND.source_type)

    total = runtime.durations[f"{served.KIND.noun}.modify"]
    begin = partial(setattr, served, "status", CREDENTIALS if password else status)
    work = dataplane.set_password(served, password) if password else None
    return [Stage(total * LATE), Stage(total * (1 - LATE), begin=begin, work=work, end=end)]


def _managed_password(served: Served, settings: dict[str, Any]) -> str | None:
    """Hand the master password to Secrets Manager, take it back, or rotate it; return a new one."""
    wanted = settings.pop("manage_master_user_password", None)
    key = settings.pop("master_user_secret_kms_key_id", None)
    if wanted:
        served.master_user_secret = MasterUserSecret(served, key)
        served.manage_master_user_password = True
    elif wanted is False and served.manage_master_user_password:
        served.master_user_secret.delete_secret()
        del served.master_user_secret
        served.manage_master_user_password = False
    rotated = settings.pop("rotate_master_user_password", False)
    if rotated:
        served.master_user_secret.rotate_secret()
    return served.stored_password if wanted or rotated else None


def _change_log_exports(served: Served, change: Mapping[str, Any]) -> None:
    gone = change.get("DisableLogTypes", [])
    kept = [kind for kind in served.enabled_cloudwatch_logs_exports if kind not in gone]
    served.enabled_cloudwatch_logs_exports = list(dict.fromkeys([*kept, *change.get("EnableLogTypes", [])]))
