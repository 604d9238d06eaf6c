"""Task settings: what a task is told, completed with DMS's defaults.

Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TaskSettings.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.dms.exceptions import InvalidParameterValue

DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "TargetMetadata": {
        "TargetSchema": "",
        "SupportLobs": True,
        "FullLobMode": False,
        "LobChunkSize": 64,
        "LimitedSizeLobMode": True,
        "LobMaxSize": 32,
        "InlineLobMaxSize": 0,
        "LoadMaxFileSize": 0,
        "ParallelLoadThreads": 0,
        "ParallelLoadBufferSize": 0,
        "BatchApplyEnabled": False,
    },
    "FullLoadSettings": {
        "TargetTablePrepMode": "DROP_AND_CREATE",
        "CreatePkAfterFullLoad": False,
        "StopTaskCachedChangesApplied": False,
        "StopTaskCachedChangesNotApplied": False,
        "MaxFullLoadSubTasks": 8,
        "TransactionConsistencyTimeout": 600,
        "CommitRate": 10_000,
    },
    "Logging": {"EnableLogging": False},
    "ErrorBehavior": {
        "DataErrorPolicy": "LOG_ERROR",
        "DataTruncationErrorPolicy": "LOG_ERROR",
        "DataErrorEscalationPolicy": "SUSPEND_TABLE",
        "DataErrorEscalationCount": 0,
        "EventErrorPolicy": "IGNORE",
        "TableErrorPolicy": "SUSPEND_TABLE",
        "TableErrorEscalationPolicy": "STOP_TASK",
        "TableErrorEscalationCount": 0,
        "RecoverableErrorCount": -1,
        "RecoverableErrorInterval": 5,
        "RecoverableErrorThrottling": True,
        "RecoverableErrorThrottlingMax": 1800,
        "RecoverableErrorStopRetryAfterThrottlingMax": False,
        "FailOnNoTablesCaptured": False,
        "FullLoadIgnoreConflicts": True,
    },
}
RECORD_POLICIES = ("IGNORE_RECORD", "LOG_ERROR", "SUSPEND_TABLE", "STOP_TASK")
LISTED = {
    ("FullLoadSettings", "TargetTablePrepMode"): ("DO_NOTHING", "DROP_AND_CREATE", "TRUNCATE_BEFORE_LOAD"),
    ("ErrorBehavior", "DataErrorPolicy"): RECORD_POLICIES,
    ("ErrorBehavior", "DataTruncationErrorPolicy"): RECORD_POLICIES,
    ("ErrorBehavior", "TableErrorPolicy"): ("SUSPEND_TABLE", "STOP_TASK"),
}
LIMITS = {
    ("FullLoadSettings", "MaxFullLoadSubTasks"): (1, 49),
    ("FullLoadSettings", "CommitRate"): (1, 50_000),
}


@dataclass(frozen=True)
class Settings:
    """What a load goes by; `lob_max_size` in KiB, intervals in seconds."""

    support_lobs: bool
    full_lob_mode: bool
    lob_max_size: int
    prepare_target: bool
    subtasks: int
    commit_rate: int
    data_error_policy: str
    truncation_policy: str
    table_error_policy: str
    table_error_limit: int
    recoveries: int
    recovery_interval: float
    recovery_interval_max: float
    recovery_slows_down: bool
    fail_on_no_tables: bool


def complete(text: str | None) -> str:
    """Return settings as DMS describes them: the given ones over the defaults, as JSON.

    Raises:
        InvalidParameterValue: the text is no JSON object of objects, or a value is out of its range.
    """
    try:
        wanted = json.loads(text) if text else {}
    except ValueError as error:
        raise InvalidParameterValue(f"Task Settings JSON is not valid: {error}") from error
    if not isinstance(wanted, dict):
        raise InvalidParameterValue("Task Settings JSON must be an object")
    merged: dict[str, Any] = {name: dict(section) for name, section in DEFAULTS.items()}
    for name, section in wanted.items():
        merged[name] = {**merged.get(name, {}), **section} if isinstance(section, dict) else section
    _check(merged)
    return json.dumps(merged)


def parse(text: str) -> Settings:
    """Read completed settings."""
    content = json.loads(text)
    metadata, load, errors = (
        content[name] for name in ("TargetMetadata", "FullLoadSettings", "ErrorBehavior")
    )
    return Settings(
        support_lobs=metadata["SupportLobs"],
        full_lob_mode=metadata["SupportLobs"] and metadata["FullLobMode"],
        lob_max_size=metadata["LobMaxSize"],
        prepare_target=load["TargetTablePrepMode"] != "DO_NOTHING",
        subtasks=load["MaxFullLoadSubTasks"],
        commit_rate=load["CommitRate"],
        data_error_policy=errors["DataErrorPolicy"],
        truncation_policy=errors["DataTruncationErrorPolicy"],
        table_error_policy=errors["TableErrorPolicy"],
        table_error_limit=errors["TableErrorEscalationCount"],
        recoveries=errors["RecoverableErrorCount"],
        recovery_interval=errors["RecoverableErrorInterval"],
        recovery_interval_max=errors["RecoverableErrorThrottlingMax"],
        recovery_slows_down=errors["RecoverableErrorThrottling"],
        fail_on_no_tables=errors["FailOnNoTablesCaptured"],
    )


def _check(settings: Mapping[str, Any]) -> None:
    for (section, name), values in LISTED.items():
        if settings[section][name] not in values:
            found = settings[section][name]
            raise InvalidParameterValue(f"{section}.{name} is {found}: use one of {', '.join(values)}")
    for (section, name), (least, most) in LIMITS.items():
        if not least <= int(settings[section][name]) <= most:
            found = settings[section][name]
            raise InvalidParameterValue(f"{section}.{name} is {found}: it must be {least} to {most}")
