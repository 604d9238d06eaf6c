"""What a search would cost, before it begins.

Macie charges by the uncompressed bytes that it analyses, whatever it finds, so that the files of an extract are smaller
than what they cost. The size is estimated from rows as text.
Source: https://docs.aws.amazon.com/macie/latest/user/account-mgmt-costs-calculations.html
"""

from __future__ import annotations

import math

from switchyard.errors import NotAllowed

GIGABYTE = 1024**3


def estimate_usd(size_bytes: int, usd_per_gb: float) -> float:
    """The price of analysing so many bytes, in US dollars."""
    return size_bytes / GIGABYTE * usd_per_gb


def size_of(rows: int, row_bytes: float) -> int:
    """Bytes of so many rows, of which each takes so many on average."""
    return math.ceil(rows * row_bytes)


def require_below_cap(what: str, size_bytes: int, *, usd_per_gb: float, max_usd: float) -> float:
    """Return the estimate.

    Args:
        what: what would be searched.
        size_bytes: its size, uncompressed.
        usd_per_gb: price of a gigabyte.
        max_usd: the cap.

    Raises:
        NotAllowed: it is above the cap.
    """
    estimate = estimate_usd(size_bytes, usd_per_gb)
    if estimate > max_usd:
        raise NotAllowed(
            f"searching {what}",
            f"{size_bytes / GIGABYTE:.2f} GB at {usd_per_gb:g} USD cost about {estimate:.2f} USD, "
            f"and cost.max_usd allows {max_usd:g}",
            "Filter rows, leave out tables or columns, or raise cost.max_usd",
        )
    return estimate
