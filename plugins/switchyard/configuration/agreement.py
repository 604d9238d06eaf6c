"""Rules between the fields of an Aurora recovery: what one says must hold for what another names."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from switchyard.configuration.cron import longest_gap
from switchyard.configuration.recovery_variants import variant_disagreements
from switchyard.configuration.rules import belongs, chained, paced, repeats, scheduled
from switchyard.errors import BadInput

if TYPE_CHECKING:
    from switchyard.configuration.aurora_recovery import AuroraRecovery


def disagreements(config: AuroraRecovery) -> Iterator[BadInput]:
    """Yield every contradiction between the fields of a configuration."""
    yield from variant_disagreements(config)
    yield from _places(config)
    yield from _regions(config)
    yield from _halves(config)
    yield from _chains(config)
    yield from _numbers(config)
    yield from _repeats(config)


def _places(config: AuroraRecovery) -> Iterator[BadInput]:
    """Every ARN must be of the account and Region in which it is used."""
    source, target = config.source, config.target
    here = (source.account_id, source.region)
    shared = (source.account_id, config.recovery_region)
    there = (target.account_id, target.region)
    anywhere = (target.account_id, "")
    yield from belongs("source.kms_key_id", source.kms_key_id, here)
    yield from belongs("login.source_secret_id", config.login.source_secret_id, here)
    if config.recovery:
        yield from belongs("recovery.kms_key_id", config.recovery.kms_key_id, shared)
    yield from belongs("manifest.kms_key_id", config.manifest.kms_key_id, shared)
    yield from belongs("notification.topic_arn", config.notification.topic_arn, shared)
    yield from belongs("target.kms_key_id", target.kms_key_id, there)
    yield from belongs("login.target_secret_id", config.login.target_secret_id, there)
    yield from belongs("notification.queue_arn", config.notification.queue_arn, there)
    yield from belongs("alert.source_topic_arn", config.alert.source_topic_arn, shared)
    yield from belongs("alert.target_topic_arn", config.alert.target_topic_arn, there)
    yield from belongs("target.monitoring_role_arn", target.monitoring_role_arn, anywhere)
    for number, policy in enumerate(config.after_swap.login_policies):
        yield from belongs(f"after_swap.login_policies[{number}]", policy, anywhere)


def _regions(config: AuroraRecovery) -> Iterator[BadInput]:
    """A snapshot is restored in the Region of the shared copy."""
    if config.recovery and config.recovery.region != config.target.region:
        yield BadInput(
            "target.region",
            config.target.region,
            f"the shared copy is in {config.recovery.region}, and a share is visible in its own Region only",
            f"Set it to {config.recovery.region}, or correct recovery.region.",
        )


def _halves(config: AuroraRecovery) -> Iterator[BadInput]:
    """Each half needs its own end of the notification."""
    ends = config.notification
    if "recovery_point" in config.halves and ends.topic_arn is None:
        yield BadInput(
            "notification.topic_arn",
            None,
            "recovery_point has nowhere to announce its recovery points",
            "Give the topic's ARN, or leave recovery_point out of halves.",
        )
    if "recovery_restore" in config.halves and config.restore.start_on_message and ends.queue_arn is None:
        yield BadInput(
            "notification.queue_arn",
            None,
            "restore.start_on_message needs a queue to listen to",
            "Give the queue's ARN, or set restore.start_on_message to false.",
        )
    store = config.manifest
    if posixpath.commonpath([store.prefix, store.acknowledgements_prefix]) in (
        store.prefix.rstrip("/"),
        store.acknowledgements_prefix.rstrip("/"),
    ):
        yield BadInput(
            "manifest.acknowledgements_prefix",
            store.acknowledgements_prefix,
            f"it overlaps with manifest.prefix {store.prefix}, which the target may only read",
            "Use two folders side by side.",
        )


def _chains(config: AuroraRecovery) -> Iterator[BadInput]:
    """One recovery point starts one restore, and a restore none."""
    asset = config.schedule.asset
    yield from chained(asset, {"alert.asset": config.alert.asset})
    listens = config.restore.start_on_message and config.notification.queue_arn is not None
    if asset is not None and asset == config.notification.asset and listens:
        yield BadInput(
            "schedule.asset",
            asset,
            "each recovery point updates it, and its message starts a restore already: there would be two",
            "Set restore.start_on_message to false, or remove schedule.asset.",
        )


def _numbers(config: AuroraRecovery) -> Iterator[BadInput]:
    """Objectives must be within reach of the schedule, and of each other."""
    goals = config.objectives
    schedule = config.schedule.recovery_point
    if schedule is not None and "recovery_point" in config.halves:
        gap = longest_gap(schedule.cron)
        if gap > timedelta(minutes=goals.rpo_minutes):
            minutes = int(gap.total_seconds() // 60)
            yield BadInput(
                "objectives.rpo_minutes",
                goals.rpo_minutes,
                f"schedule.recovery_point {schedule.cron!r} leaves up to {minutes} minutes between points",
                f"Run it more often, or set the objective to at least {minutes}.",
            )
    if config.max_recovery_point_age_minutes < goals.rpo_minutes:
        yield BadInput(
            "objectives.max_recovery_point_age_minutes",
            config.max_recovery_point_age_minutes,
            f"it is below rpo_minutes {goals.rpo_minutes}, so that good recovery points would be refused",
            f"Set it to at least {goals.rpo_minutes}, or remove it.",
        )
    yield from paced(config.waits)
    yield from scheduled(
        config.schedule,
        past="nobody can snapshot the past, and a drill proves what there is now",
        alone="two runs would move the same name",
    )


def _repeats(config: AuroraRecovery) -> Iterator[BadInput]:
    """Lists name each thing once."""
    lists: dict[str, tuple[str, ...]] = {
        "tags": config.tags,
        "halves": config.halves,
        "target.security_group_ids": config.target.security_group_ids,
        "after_swap.login_policies": config.after_swap.login_policies,
        "after_swap.proxies": config.after_swap.proxies,
        "sanity.row_counts": config.sanity.row_counts,
        "sanity.checks": config.sanity.checks,
    }
    yield from repeats(lists)
    if not config.halves:
        yield BadInput(
            "halves",
            [],
            "no DAG would exist",
            "Name recovery_point, recovery_restore, recovery_watch or several.",
        )
