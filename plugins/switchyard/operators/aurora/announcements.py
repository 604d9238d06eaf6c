"""The announcements that start a run, as others have written them."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Mapping
from typing import Any

from switchyard.aurora_recovery.message import RecoveryPointMessage, parse
from switchyard.aurora_recovery.selection import SeenSnapshot
from switchyard.errors import BadInput

log = logging.getLogger(__name__)


def announced(context: Mapping[str, Any]) -> list[RecoveryPointMessage]:
    """The announcements that started this run, each parsed strictly; a malformed one does not spoil the others.

    Raises:
        BadInput: all are malformed; the error names the field of the first.
    """
    parsed, malformed = [], []
    for body in _bodies(context):
        try:
            parsed.append(parse(body))
        except BadInput as error:
            log.warning("Passed over a message: %s", error)
            malformed.append(error)
    if malformed and not parsed:
        raise malformed[0]
    return parsed


def carried(message: RecoveryPointMessage) -> dict[str, Any]:
    """What an asset event carries of an announcement, in the form in which the watcher of the queue hands one on."""
    return {"payload": {"body": message.to_json()}}


def _bodies(context: Mapping[str, Any]) -> Iterator[str]:
    """The announcements in the run's asset events; those of other DAGs' assets, or made by hand, carry none."""
    for events in (context.get("triggering_asset_events") or {}).values():
        for event in events:
            payload = (event.extra or {}).get("payload")
            if isinstance(payload, Mapping) and "body" in payload:
                yield str(payload["body"])


def recorded_hash(chosen: SeenSnapshot, messages: list[RecoveryPointMessage], text: bytes) -> str | None:
    """The hash that the chosen snapshot's tag or its announcement holds for the manifest; None where neither does."""
    if chosen.manifest_sha256:
        return chosen.manifest_sha256
    promised = [message.manifest_sha256 for message in messages if message.snapshot_arn == chosen.arn]
    # A stranger may announce the same snapshot with another hash: one of the announcements has to fit.
    found = hashlib.sha256(text).hexdigest()
    return found if found in promised else next(iter(promised), None)
