"""Addresses of the AWS console's pages that show what a step works on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from string import Formatter
from typing import Any
from urllib.parse import quote

DATABASE = "rds/home?region={region_name}#database:id={%s};is-cluster={is_cluster}"
"""Page of a cluster or plain instance; the name of the attribute that holds its identifier is put in."""
DATABASES = "rds/home?region={region_name}#databases:"
SNAPSHOT = "rds/home?region={region_name}#db-snapshot:id={snapshot_id}"
SNAPSHOTS = "rds/home?region={region_name}#snapshots-list:"
TOPIC = "sns/v3/home?region={region_name}#/topic/{topic_arn}"
OBJECT = "s3/object/{bucket}?region={region_name}&prefix={key}"
FOLDER = "s3/buckets/{%s}?region={region_name}&prefix={%s}"
"""Objects of a bucket under a prefix; the names of both attributes are put in."""
DOMAIN = "aos/home?region={region_name}#opensearch/domains/{domain[name]}"
DOMAINS = "aos/home?region={region_name}#opensearch/domains"
PACKAGES = "aos/home?region={region_name}#opensearch/packages"
REPLICATION_TASK = "dms/v2/home?region={region_name}#taskDetails/{%s}"
"""Page of a task of DMS; the name of the attribute that holds its identifier is put in."""
MACIE = "macie/home?region={region_name}"
FINDINGS = "macie/home?region={region_name}#findings?search=classificationDetails.jobId%%3D{%s}"
"""Findings of a job; the name of the attribute that holds its id is put in."""
QUERY = "athena/home?region={region_name}#/query-editor/history/{query_id}"
WAREHOUSE = "redshiftv2/home?region={region_name}#cluster-details?cluster={warehouse[cluster_id]}"
WORKGROUPS = "redshiftv2/home?region={region_name}#serverless-dashboard"

_COMMERCIAL = "aws.amazon.com"
_PARTITIONS = {"cn-": "amazonaws.cn", "us-gov-": "amazonaws-us-gov.com"}
"""Domain of the console by the beginning of the names of a partition's Regions."""
_KEPT = ":/"
"""Characters that the console's own addresses leave as they are."""


def console_url(pages: Iterable[str], step: object) -> str:
    """Give the address of the first page whose every name the step can fill in; empty where there is none.

    Args:
        pages: templates of addresses behind the console's host; names in braces are attributes of the step.
        step: what has these attributes, ``region_name`` among them.
    """
    for page in pages:
        try:
            path = _Attributes(step).vformat(page, (), {})
        except (LookupError, AttributeError, TypeError):
            continue
        return f"https://console.{_domain(str(getattr(step, 'region_name', '')))}/{path}"
    return ""


def _domain(region: str) -> str:
    return next((domain for start, domain in _PARTITIONS.items() if region.startswith(start)), _COMMERCIAL)


class _Attributes(Formatter):
    """Fills in attributes of an object that are text, not empty, and hold no template any more; nothing else."""

    def __init__(self, of: object) -> None:
        self._of = of

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        del args, kwargs
        return getattr(self._of, str(key))

    def format_field(self, value: Any, format_spec: str) -> str:
        del format_spec
        if not isinstance(value, str) or not value or "{{" in value:
            raise LookupError(value)
        return quote(value, safe=_KEPT)
