"""Failures made to order, of jobs and of single objects.

A job asks for faults on "macie2:Run/JOB NAME" for each bucket and on "macie2:Classify/BUCKET/KEY" for each object
(wildcards work). A fault of kind "slow" holds it up. Kind "error" on a bucket makes it one that the job cannot look
into; on an object its code is the reason that the findings' status gives: those of `PARTIAL` leave the object half
analysed, all others skip it.
"""

from __future__ import annotations

import time

from sandbox.runtime import runtime

PARTIAL = {
    "ARCHIVE_CONTAINS_UNPROCESSED_FILES",
    "ARCHIVE_NESTING_LEVEL_OVER_LIMIT",
    "ARCHIVE_TOTAL_BYTES_EXTRACTED_OVER_LIMIT",
    "ARCHIVE_TOTAL_DOCUMENTS_PROCESSED_OVER_LIMIT",
    "TIME_CUT_OFF_REACHED",
}
"""Reasons to stop in the middle of an object.
Source: https://docs.aws.amazon.com/macie/latest/APIReference/findings-describe.html (ClassificationResultStatus)
"""


def strike(what: str, name: str, account: str, region: str) -> str | None:
    """Meet the faults ordered for `what`, "Run" or "Classify", and return the code of the first that forbids it."""
    if runtime.faults is None:
        return None
    codes: list[str] = []
    for fault in runtime.faults.take(f"macie2:{what}/{name}", account, region, inside=True):
        if fault.kind == "slow":
            time.sleep(fault.seconds)
        else:
            codes.append(fault.code or "PERMISSION_DENIED")
    return codes[0] if codes else None
