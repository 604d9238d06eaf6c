"""Rules between the fields of a sensitive-data discovery: what one says must hold for what another names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from switchyard.configuration.rules import belongs, chained, paced, repeats, scheduled
from switchyard.errors import BadInput

if TYPE_CHECKING:
    from switchyard.configuration.discovery_sections import Filter
    from switchyard.configuration.sensitive_data_discovery import SensitiveDataDiscovery

_LISTING = ("EXCLUDE", "INCLUDE")
_RANGES = ("between", "notbetween")
_VALUELESS = ("null", "notnull")


def disagreements(config: SensitiveDataDiscovery) -> Iterator[BadInput]:
    """Yield every contradiction between the fields of a configuration."""
    place = (config.account_id, config.region)
    yield from belongs("source.secret_id", config.source.secret_id, place)
    yield from belongs("extract.kms_key_id", config.extract.kms_key_id, place)
    yield from belongs("alert.topic_arn", config.alert.topic_arn, place)
    yield from _stores(config)
    yield from _macie(config)
    for number, choice in enumerate(config.tables):
        for place_of, one in enumerate(choice.filters):
            yield from _filter(f"tables[{number}].filters[{place_of}]", one)
    yield from paced(config.waits)
    yield from scheduled(
        config.schedule,
        past="the database is searched as it is now, whatever day a run is for",
        alone="two runs would fill the same extract, and empty it for each other",
    )
    yield from chained(config.schedule.asset, {"alert.asset": config.alert.asset})
    yield from repeats(
        {
            "tags": config.tags,
            "tables": tuple(f"{one.schema_}.{one.table}" for one in config.tables),
            "macie.managed_ids": config.macie.managed_ids,
            "macie.custom_identifiers": tuple(one.name for one in config.macie.custom_identifiers),
            "exceptions": tuple(
                f"{one.schema_}.{one.table}.{one.column} {one.detector}" for one in config.exceptions
            ),
        }
    )


def _stores(config: SensitiveDataDiscovery) -> Iterator[BadInput]:
    """The pipeline may read its evidence and must never read the extract: two buckets."""
    for name in ("bucket", "register_bucket"):
        if getattr(config.evidence, name) == config.extract.bucket:
            yield BadInput(
                f"evidence.{name}",
                config.extract.bucket,
                "it is the bucket of the extract, which the pipeline must not read",
                "Name another bucket.",
            )


def _macie(config: SensitiveDataDiscovery) -> Iterator[BadInput]:
    macie = config.macie
    if macie.selector in _LISTING and not macie.managed_ids:
        yield BadInput(
            "macie.managed_ids", [], f"selector {macie.selector} needs ids", "Name some, or choose ALL."
        )
    if macie.selector not in _LISTING and macie.managed_ids:
        yield BadInput(
            "macie.managed_ids",
            macie.managed_ids[0],
            f"selector {macie.selector} takes no ids",
            "Choose INCLUDE or EXCLUDE, or remove them.",
        )
    if macie.selector == "NONE" and not macie.custom_identifiers:
        yield BadInput(
            "macie.selector",
            "NONE",
            "there is no custom identifier either, so that nothing would be searched for",
            "Choose another, or add custom_identifiers.",
        )
    if macie.feed == "events" and macie.events_bucket is None:
        yield BadInput(
            "macie.events_bucket",
            None,
            "feed events needs the bucket that Firehose delivers to",
            "Name it, or set feed to api.",
        )


def _filter(field: str, one: Filter) -> Iterator[BadInput]:
    if one.operator in _RANGES and (one.start is None or one.end is None):
        yield BadInput(f"{field}.end", one.end, f"{one.operator} needs start and end", "Give both.")
    elif one.operator not in (*_RANGES, *_VALUELESS) and one.value is None:
        yield BadInput(f"{field}.value", None, f"{one.operator} needs a value", "Give it as text.")
