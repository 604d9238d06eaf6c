"""Task settings with which a full load fails rather than leaves something out.

By DMS's defaults a task logs rows that it cannot write, suspends tables that fail, cuts long values short with a
note in a log, retries a broken source for ever, and ends well all the same.
Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TaskSettings.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

RECOVERIES = 3
"""Times that a task tries again after an error that may pass; DMS's own -1 means for ever."""


def task_settings(*, lob_max_kb: int, subtasks: int) -> dict[str, Any]:
    """The settings of the pipeline's task.

    Args:
        lob_max_kb: longest large value in KiB; a longer one stops the task, as what is cut off is not searched.
        subtasks: tables loaded at the same time, 1 to 49.
    """
    return {
        "TargetMetadata": {
            "SupportLobs": True,
            "FullLobMode": False,
            "LimitedSizeLobMode": True,
            "LobMaxSize": lob_max_kb,
        },
        "FullLoadSettings": {
            # The pipeline empties the folder itself and proves it: what DMS leaves behind on S3 is not documented.
            "TargetTablePrepMode": "DO_NOTHING",
            "MaxFullLoadSubTasks": subtasks,
            "CommitRate": 10_000,
        },
        "Logging": {"EnableLogging": True},
        "ErrorBehavior": {
            "DataErrorPolicy": "STOP_TASK",
            "DataTruncationErrorPolicy": "STOP_TASK",
            "TableErrorPolicy": "STOP_TASK",
            "RecoverableErrorCount": RECOVERIES,
            "FailOnNoTablesCaptured": True,
        },
    }


def differences(wanted: Mapping[str, Any], found: str) -> list[str]:
    """What a task's settings, as AWS describes them, have other than wanted: ``ErrorBehavior.X is A, not B``.

    AWS adds its defaults, so that only what is wanted is compared.
    """
    described = json.loads(found or "{}")
    return list(_differences(wanted, described, ""))


def _differences(wanted: Mapping[str, Any], found: Mapping[str, Any], path: str) -> Iterator[str]:
    for name, value in wanted.items():
        there = found.get(name)
        if isinstance(value, Mapping):
            yield from _differences(value, there if isinstance(there, Mapping) else {}, f"{path}{name}.")
        elif there != value:
            yield f"{path}{name} is {there!r}, not {value!r}"
