"""Rules between the fields of a synonym refresh: what one says must hold for what another names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from switchyard.configuration.rules import belongs, paced, repeats, scheduled
from switchyard.configuration.synonym_types import StopWords
from switchyard.errors import BadInput

if TYPE_CHECKING:
    from switchyard.configuration.synonym_refresh import SynonymRefresh
    from switchyard.configuration.synonym_sections import Domain, Index, Probe


def disagreements(config: SynonymRefresh) -> Iterator[BadInput]:
    """Yield every contradiction between the fields of a configuration."""
    source = config.source
    yield from belongs("source.secret_id", source.secret_id, (source.account_id, source.region))
    yield from _places(config)
    yield from _indexes(config)
    for number, probe in enumerate(config.probes):
        yield from _probe(f"probes[{number}]", probe, config)
    yield from _limits(config)
    yield from paced(config.waits)
    yield from scheduled(
        config.schedule,
        past="the rows are read as they are now, whatever day a run is for",
        alone="two runs would publish the same package",
    )
    yield from repeats(
        {
            "tags": config.tags,
            "domains": tuple(domain.name for domain in config.domains),
            "analysis.filters": tuple(map(_filter_name, config.analysis.filters)),
            "approval.approvers": config.approval.approvers,
        }
    )


def _filter_name(one: str | StopWords) -> str:
    return one if isinstance(one, str) else "stop"


def _places(config: SynonymRefresh) -> Iterator[BadInput]:
    """A package serves the domains of its own account and Region, reached through one connection."""
    first = config.domains[0]
    for number, domain in enumerate(config.domains):
        for field in ("account_id", "region", "aws_conn_id"):
            here, there = getattr(first, field), getattr(domain, field)
            if here != there:
                yield BadInput(
                    f"domains[{number}].{field}",
                    there,
                    f"{first.name} has {here}, and a package serves the domains of one account and Region",
                    "Configure a pipeline of its own for this domain.",
                )


def _indexes(config: SynonymRefresh) -> Iterator[BadInput]:
    for number, domain in enumerate(config.domains):
        names = tuple(name for index in domain.indexes for name in (index.name, index.alias) if name)
        yield from repeats({f"domains[{number}].indexes": names})
        for place, index in enumerate(domain.indexes):
            field = f"domains[{number}].indexes[{place}]"
            yield from repeats({f"{field}.fields": index.fields})
            if index.use == "index_time" and index.alias is None:
                yield BadInput(
                    f"{field}.alias",
                    None,
                    "documents are indexed again into a new index, which nobody would find",
                    "Give the alias that applications search, or use search_time.",
                )


def _probe(field: str, probe: Probe, config: SynonymRefresh) -> Iterator[BadInput]:
    if not probe.finds and not probe.not_finds:
        yield BadInput(f"{field}.finds", None, "it would prove nothing", "Give finds, not_finds or both.")
    if both := set(probe.finds) & set(probe.not_finds):
        yield BadInput(
            f"{field}.finds", min(both), "it stands in not_finds too", "Remove it from one of them."
        )
    searched = [index for domain in config.domains for index in _searched(probe, domain)]
    if not searched:
        yield BadInput(
            f"{field}.index",
            probe.index,
            "no domain has this index" if probe.index else "a domain has several indexes",
            "Name an index of one of the domains.",
        )
    for index in searched[:1]:
        yield from _probed_field(field, probe, index)


def _searched(probe: Probe, domain: Domain) -> Iterator[Index]:
    if probe.index is None:
        yield from domain.indexes if len(domain.indexes) == 1 else ()
    yield from (index for index in domain.indexes if index.name == probe.index)


def _probed_field(field: str, probe: Probe, index: Index) -> Iterator[BadInput]:
    if probe.field is None and len(index.fields) > 1:
        yield BadInput(
            f"{field}.field", None, f"index {index.name} has several fields", "Name the field to search."
        )
    if probe.field is not None and probe.field not in index.fields:
        yield BadInput(
            f"{field}.field",
            probe.field,
            f"it is not among the fields of index {index.name}",
            f"Name one of {', '.join(index.fields)}, or add it there.",
        )


def _limits(config: SynonymRefresh) -> Iterator[BadInput]:
    limits = config.limits
    if limits.warn_expansions > limits.max_expansions:
        yield BadInput(
            "limits.warn_expansions",
            limits.warn_expansions,
            f"it is above max_expansions {limits.max_expansions}, so that no warning would come before the error",
            f"Set it to at most {limits.max_expansions}.",
        )
