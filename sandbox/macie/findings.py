"""Findings and discovery results, in the form that AWS gives them.

Source: https://docs.aws.amazon.com/macie/latest/APIReference/findings-describe.html
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.macie.detectors import CUSTOM, SEVERITIES
from sandbox.macie.hits import KEPT, Hit, Scan

LOCATED = 15
"""Places that a finding gives of one type of data; a discovery result gives more."""

KINDS = ("cells", "lineRanges", "offsetRanges", "pages", "records")
TYPES = {
    "CREDENTIALS": ("Credentials", "credentials"),
    "FINANCIAL_INFORMATION": ("Financial", "financial information"),
    "PERSONAL_INFORMATION": ("Personal", "personal information"),
    CUSTOM: ("CustomIdentifier", "custom sensitive data"),
}


@dataclass(frozen=True)
class Origin:
    """The job that found something, and where its discovery results are."""

    account: str
    region: str
    job_id: str
    results: str

    @property
    def job_arn(self) -> str:
        """The ARN of the job."""
        return f"arn:aws:macie2:{self.region}:{self.account}:classification-job/{self.job_id}"


def finding(origin: Origin, scan: Scan, affected: Mapping[str, Any], at: datetime) -> dict[str, Any] | None:
    """Make the finding of an object; None where there is nothing to report."""
    hits = [hit for hit in scan.hits if hit.detector.severity(hit.count)]
    if not hits:
        return None
    made = _described(origin, scan, hits, affected, at)
    made["classificationDetails"]["result"] |= _located(hits, LOCATED)
    return made


def result(origin: Origin, scan: Scan, affected: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """Make the discovery result of an object, whether or not anything was found in it."""
    made = _described(origin, scan, scan.hits, affected, at)
    made["classificationDetails"]["result"] |= _located(scan.hits, KEPT)
    if scan.within:
        made["embeddedFileDetails"] = {
            "filePath": scan.within,
            "fileExtension": scan.within.rpartition(".")[2],
        }
    return made


def json_ready(value: Any) -> Any:
    """Return a finding as events and results spell it: times in UTC with milliseconds and a Z."""
    if isinstance(value, dict):
        return {name: json_ready(one) for name, one in value.items()}
    if isinstance(value, list):
        return [json_ready(one) for one in value]
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
    return value


def _described(
    origin: Origin, scan: Scan, hits: Sequence[Hit], affected: Mapping[str, Any], at: datetime
) -> dict[str, Any]:
    categories = list(dict.fromkeys(hit.detector.category for hit in hits))
    kind, words = (
        TYPES[categories[0]]
        if len(categories) == 1
        else ("Multiple", "multiple categories of sensitive data")
    )
    score = max(
        (SEVERITIES.index(hit.detector.severity(hit.count) or "LOW") + 1 for hit in hits), default=None
    )
    return {
        "schemaVersion": "1.0",
        "id": uuid.uuid4().hex,
        "accountId": origin.account,
        "partition": "aws",
        "region": origin.region,
        "type": f"SensitiveData:S3Object/{kind}" if hits else None,
        "title": f"The S3 object contains {words}." if hits else None,
        "description": f"The object contains {words}." if hits else None,
        "severity": {"score": score, "description": SEVERITIES[score - 1].title()} if score else None,
        "createdAt": at,
        "updatedAt": at,
        "count": 1,
        "category": "CLASSIFICATION",
        "archived": False,
        "sample": False,
        "policyDetails": None,
        "resourcesAffected": dict(affected),
        "classificationDetails": {
            "jobArn": origin.job_arn,
            "jobId": origin.job_id,
            "originType": "SENSITIVE_DATA_DISCOVERY_JOB",
            "detailedResultsLocation": origin.results,
            "result": {
                "status": {"code": scan.code, "reason": scan.reason},
                "sizeClassified": 0 if scan.code == "SKIPPED" else scan.size,
                "mimeType": scan.mime_type,
            },
        },
    }


def _located(hits: Iterable[Hit], most: int) -> dict[str, Any]:
    managed: dict[str, list[Hit]] = defaultdict(list)
    custom: list[Hit] = []
    for hit in hits:
        if hit.detector.category == CUSTOM:
            custom.append(hit)
        else:
            managed[hit.detector.category].append(hit)
    return {
        "additionalOccurrences": any(len(hit.places[:most]) < hit.count for hit in hits),
        "sensitiveData": [
            {
                "category": category,
                "totalCount": sum(hit.count for hit in found),
                "detections": [{"type": hit.detector.key} | _occurrences(hit, most) for hit in found],
            }
            for category, found in managed.items()
        ],
        "customDataIdentifiers": {
            "totalCount": sum(hit.count for hit in custom),
            "detections": [
                {"arn": hit.detector.key, "name": hit.detector.name} | _occurrences(hit, most)
                for hit in custom
            ],
        },
    }


def _occurrences(hit: Hit, most: int) -> dict[str, Any]:
    where: dict[str, Any] = dict.fromkeys(KINDS)
    where[hit.kind] = [dict(place) for place in hit.places[:most]]
    return {"count": hit.count, "occurrences": where}
