"""How a recovery ended, from what its steps handed on and which of them failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from switchyard.aurora_recovery.modes import Mode

TestOutcome = Literal["proved", "swapped", "kept", "refused", "rejected", "rolled back", "failed"]

ACCEPTING = "accept_recovery_point"
SWAPPING = ("swap_names", "apply_after_swap", "check_live")
_WELL: Mapping[Mode, TestOutcome] = {"swap": "swapped", "test": "proved", "keep": "kept"}
ENDED_WELL = tuple(_WELL.values())
"""The outcomes of recoveries whose data was proved for what they were for."""


@dataclass(frozen=True)
class Ending:
    """How a recovery ended.

    Attributes:
        outcome: one word of the ledger.
        proved_at: when its data was last proved, ISO 8601; None where it was not, or where that proof was overtaken.
        failed_step: the step that failed first; None where none did.
        reason: what there is to say about it, for people; None where nothing is.
    """

    outcome: TestOutcome
    proved_at: str | None
    failed_step: str | None
    reason: str | None


def ending(
    *,
    mode: Mode,
    candidate: Mapping[str, Any] | None,
    live: Mapping[str, Any] | None,
    failed: Sequence[str],
    reasons: Mapping[str, str],
    rejections: Mapping[str, str],
    rolled_back: bool,
) -> Ending:
    """Judge a recovery that goes no further.

    Args:
        mode: what it was for.
        candidate: what the check of the candidate handed on; None where it did not.
        live: the same of the check of the live endpoint.
        failed: the steps that failed, the first one first.
        reasons: what failed steps had to say.
        rejections: by gate ("swap", "retire"), the rejection in words.
        rolled_back: whether the old one got the live name back.
    """
    first = failed[0] if failed else None
    reason = reasons.get(first, f"{first} failed; its log says why") if first else None
    proof = live if mode == "swap" else candidate
    if proof is not None:
        return Ending(_WELL[mode], proof["checked_at"], first, reason or _retirement(rejections))
    candidate_at = candidate["checked_at"] if candidate else None
    if first == ACCEPTING:
        return Ending("refused", None, first, reason)
    if "swap" in rejections and first in (None, *SWAPPING) and not rolled_back:
        return Ending("rejected", candidate_at, first, rejections["swap"])
    if rolled_back:
        return Ending("rolled back", None, first, reason)
    return Ending("failed", None, first, reason)


def _retirement(rejections: Mapping[str, str]) -> str | None:
    rejection = rejections.get("retire")
    return f"The retirement was {rejection}; what was replaced was kept" if rejection else None
