"""What a search would cost, before it begins.

Macie charges by the uncompressed bytes that it analyses, whatever it finds.
Source: https://docs.aws.amazon.com/macie/latest/user/account-mgmt-costs-calculations.html
"""

from __future__ import annotations

from switchyard.errors import NotAllowed

GIGABYTE = 1024**3


def estimate_usd(size_bytes: int, usd_per_gb: float) -> float:
    """The price of analysing so many bytes, in US dollars."""
    return size_bytes / GIGABYTE * usd_per_gb


def require_below_cap(what: str, size_bytes: int, *, usd_per_gb: float, max_usd: float) -> float:
    """Return the estimate.

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
