"""What people are told of a recovery: one schema-versioned message that names field, value, problem and remedy."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from switchyard.aurora_recovery.untrusted import shorten, utc_text

SCHEMA = "switchyard.recovery-alert"
VERSION = 1
SUBJECT_LIMIT = 100
"""Characters of a subject that SNS takes; printable ASCII alone."""

Event = Literal["outage began", "outage is over", "deadline missed"]


@dataclass(frozen=True)
class Complaint:
    """Something that a recovery would suffer from, written as errors are.

    Attributes:
        cause: What is amiss, one of few words, so that two looks know an outage again.
        field: What it is about: a field of the configuration, or a part of what was looked at.
        value: What was found there.
        problem: Why that is too little.
        remedy: What a person does about it.
        since: When it began, as far as that is known.
    """

    cause: str
    field: str
    value: str
    problem: str
    remedy: str
    since: datetime

    def __str__(self) -> str:
        return f"{self.field} is {self.value}: {self.problem}. {self.remedy}"


@dataclass(frozen=True)
class Alert:
    """One message: what happened to which pipeline, and when that was noticed."""

    event: Event
    pipeline: str
    complaint: Complaint
    noticed_at: datetime

    @property
    def subject(self) -> str:
        """One line for a mail or a pager, as SNS takes it."""
        line = f"{self.pipeline}: {self.event}: {self.complaint.cause}"
        printable = "".join(one if " " <= one <= "~" else "?" for one in line)
        return printable[:SUBJECT_LIMIT]

    def to_json(self) -> str:
        """The body to publish."""
        body = {
            **asdict(self.complaint),
            "value": shorten(self.complaint.value),
            "since": utc_text(self.complaint.since),
            "schema": SCHEMA,
            "version": VERSION,
            "event": self.event,
            "pipeline": self.pipeline,
            "noticed_at": utc_text(self.noticed_at),
        }
        return json.dumps(body, sort_keys=True, indent=1)
