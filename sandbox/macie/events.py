"""Findings on the account's event bus."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from moto.events.models import events_backends

from sandbox.macie.findings import json_ready


def publish(account: str, region: str, finding: Mapping[str, Any]) -> None:
    """Send a finding to the default bus of its account.

    Source: https://docs.aws.amazon.com/macie/latest/user/findings-publish-event-schemas.html
    """
    entry = {
        "Source": "aws.macie",
        "DetailType": "Macie Finding",
        "Detail": json.dumps(json_ready(dict(finding))),
    }
    events_backends[account][region].put_events([entry])
