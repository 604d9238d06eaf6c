"""Names of everything one run makes, derived from the run alone so that a repeated step finds its own work.

RDS identifiers have 1 to 63 letters, digits or hyphens, start with a letter, hold no double hyphen and end in
none; RDS stores them in lower case. Source: botocore service model of RDS, `DBClusterIdentifier`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from switchyard.errors import BadInput
from switchyard.run_stamp import STAMP_LENGTH, is_stamp

IDENTIFIER_LIMIT = 63
"""Characters of a cluster, instance or cluster snapshot identifier."""

_AUTOSCALED = "application-autoscaling-"
"""Beginning of the names that Application Auto Scaling gives to the readers that it makes and deletes."""
_IDENTIFIER = re.compile(r"[a-z](?:-?[a-z0-9])*")
LONGEST_PROTECTED_ID = IDENTIFIER_LIMIT - len("-final-") - STAMP_LENGTH
LONGEST_INSTANCE_ID = IDENTIFIER_LIMIT - len("-new-") - STAMP_LENGTH


def valid_identifier(field: str, value: str, *, limit: int = IDENTIFIER_LIMIT) -> str:
    """Return an RDS identifier in the lower case RDS stores.

    Args:
        field: What the identifier is called where the person wrote it.
        value: The identifier.
        limit: Most characters allowed.

    Raises:
        BadInput: It breaks a rule of RDS or the limit.
    """
    name = value.lower()
    if len(name) > limit:
        raise BadInput(
            field,
            value,
            f"it has {len(name)} characters, {limit} fit",
            f"Use at most {limit} characters: a run adds to it and RDS allows {IDENTIFIER_LIMIT}.",
        )
    if not value.isascii() or not _IDENTIFIER.fullmatch(name):
        raise BadInput(
            field,
            value,
            "it is no RDS identifier",
            "Use letters, digits and single hyphens; start with a letter and end with a letter or digit.",
        )
    return name


def is_autoscaled(instance_id: str) -> bool:
    """Say whether an instance comes and goes with Application Auto Scaling: nothing is done to it by name."""
    return instance_id.startswith(_AUTOSCALED)


@dataclass(frozen=True)
class RecoveryNames:
    """All names of one run on what is protected, each within the rules of RDS."""

    protected_id: str
    stamp: str

    @classmethod
    def for_run(cls, protected_id: str, stamp: str) -> RecoveryNames:
        """Build the names of a run.

        Args:
            protected_id: The name that clients connect to, of a cluster or a plain instance.
            stamp: What `run_stamp` returned for the run.

        Raises:
            BadInput: The identifier or the stamp is malformed, or the longest name of the run would not fit.
        """
        if not is_stamp(stamp):
            raise BadInput(
                "stamp", stamp, "it is no run stamp", "Pass what run_stamp returned, yymmddHHMM-xxxxxx."
            )
        return cls(valid_identifier("protected_id", protected_id, limit=LONGEST_PROTECTED_ID), stamp)

    @property
    def snapshot_id(self) -> str:
        """The recovery point and each of its copies."""
        return f"{self.protected_id}-rp-{self.stamp}"

    @property
    def candidate_id(self) -> str:
        """The restored one before the swap."""
        return f"{self.protected_id}-new-{self.stamp}"

    @property
    def retired_id(self) -> str:
        """The former live one after the swap."""
        return f"{self.protected_id}-old-{self.stamp}"

    @property
    def final_snapshot_id(self) -> str:
        """The last snapshot of the retired one."""
        return f"{self.protected_id}-final-{self.stamp}"

    def candidate_instance_id(self, instance_id: str) -> str:
        """Name an instance of a restored cluster before the swap; BadInput where it does not fit."""
        return f"{self._instance(instance_id)}-new-{self.stamp}"

    def retired_instance_id(self, instance_id: str) -> str:
        """Name an instance of a retired cluster after the swap; BadInput where it does not fit."""
        return f"{self._instance(instance_id)}-old-{self.stamp}"

    def _instance(self, instance_id: str) -> str:
        return valid_identifier("instance_id", instance_id, limit=LONGEST_INSTANCE_ID)
