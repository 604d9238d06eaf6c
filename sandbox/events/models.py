"""moto's rules, which know Firehose streams as targets."""

from __future__ import annotations

import copy
import json
import logging
from datetime import UTC, datetime
from typing import Any

from moto.events.models import Rule as MotoRule
from moto.firehose.exceptions import ResourceNotFoundException
from moto.firehose.models import firehose_backends

log = logging.getLogger(__name__)
UNKNOWN = "ingestion-time"
"""What moto adds to events and EventBridge does not."""

SHAPED = ("Input", "InputPath", "InputTransformer")


class Rule(MotoRule):
    """A rule of an event bus."""

    def send_to_targets(self, original_event: Any, transform_input: bool = True) -> None:
        """Send an event that the rule matches to its targets; one whose stream is gone is dropped."""
        streams = [target for target in self.targets if ":firehose:" in target["Arn"]]
        others = copy.copy(self)
        others.targets = [target for target in self.targets if target not in streams]
        if streams and self.event_pattern.matches_event(original_event):
            for target in streams:
                _to_stream(target, original_event)
        MotoRule.send_to_targets(others, original_event, transform_input)


def _to_stream(target: dict[str, Any], event: dict[str, Any]) -> None:
    if any(target.get(name) for name in SHAPED):
        raise NotImplementedError("targets of Firehose with an input of their own")
    _, _, _, region, account, resource = target["Arn"].split(":", 5)
    spelled = {name: value for name, value in event.items() if name != UNKNOWN}
    if not isinstance(spelled["time"], str):
        spelled["time"] = f"{datetime.fromtimestamp(float(spelled['time']), UTC):%Y-%m-%dT%H:%M:%SZ}"
    data = json.dumps(spelled, separators=(",", ":")).encode()
    try:
        firehose_backends[account][region].put_record(resource.partition("/")[2], {"Data": data})
    except ResourceNotFoundException as error:
        log.warning("an event could not be sent to %s: %s", target["Arn"], error)
