"""Passes for what the source deleted: when one is due, and how much one may take away."""

from __future__ import annotations

from switchyard.errors import NotAllowed


def is_due(every: int, since: int | None) -> bool:
    """Say whether a run makes a pass.

    Args:
        every: every how many runs.
        since: runs since the last pass, this one not counted; None where there was none yet.
    """
    return since is None or since + 1 >= every


def require_few(table: str, *, held: int, source_keys: int, gone: int, max_fraction: float) -> None:
    """Refuse a pass that would take away more than is likely to be right.

    Args:
        table: the target, for the message.
        held: rows of the target that were compared.
        source_keys: keys that the source has.
        gone: rows of the target whose keys it has not.
        max_fraction: part of `held` that may go.

    Raises:
        NotAllowed: it is more, or the source has no rows at all.
    """
    if gone and not source_keys:
        raise NotAllowed(
            f"deleting from {table}",
            f"the source has no rows at all, and the target {held}",
            "Look whether the source was emptied by mistake; to empty the target too, delete its rows by hand",
        )
    if gone > held * max_fraction:
        raise NotAllowed(
            f"deleting from {table}",
            f"{gone} of {held} rows ({gone / held:.1%}) are gone at the source, and {max_fraction:.1%} may be",
            "Look whether they were deleted on purpose; then raise deletes.max_fraction and clear this task",
        )
