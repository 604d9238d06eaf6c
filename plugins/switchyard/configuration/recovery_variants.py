"""Rules of an Aurora recovery about its variants: cluster or plain instance, how many accounts, Regions and copies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from switchyard.aurora_recovery.settings import MEMBER_SETTINGS, STANDALONE_SETTINGS, by_name
from switchyard.errors import BadInput

if TYPE_CHECKING:
    from switchyard.configuration.aurora_recovery import AuroraRecovery

_OTHER = {"cluster": "instance", "instance": "cluster"}


def variant_disagreements(config: AuroraRecovery) -> Iterator[BadInput]:
    """Yield every setting that the engine, the accounts, the Regions or the copies give no meaning to."""
    yield from _identifiers(config)
    yield from _settings_of_kind(config)
    yield from _recovery(config)
    yield from _single_step(config)
    yield from _restore_from(config)
    yield from _one_place(config)


def _identifiers(config: AuroraRecovery) -> Iterator[BadInput]:
    """The engine decides which of the two names there must be."""
    wanted, unwanted = f"{config.kind}_id", f"{_OTHER[config.kind]}_id"
    for section, database in (("source", config.source), ("target", config.target)):
        if strange := getattr(database, unwanted):
            yield BadInput(
                f"{section}.{unwanted}",
                strange,
                f"engine {config.engine} runs on {_a(config.kind)}",
                f"Write it as {section}.{wanted}, or correct engine.",
            )
        elif getattr(database, wanted) is None:
            yield BadInput(
                f"{section}.{wanted}",
                None,
                "it is missing",
                f"Name the {config.kind}: engine {config.engine} runs on {_a(config.kind)}.",
            )


def _settings_of_kind(config: AuroraRecovery) -> Iterator[BadInput]:
    """What only clusters have is refused for plain instances, and the other way round."""
    target = config.target
    known = by_name(MEMBER_SETTINGS if config.kind == "cluster" else STANDALONE_SETTINGS)
    for name, value in target.instance_overrides.items():
        if name not in known:
            yield BadInput(
                f"target.instance_overrides.{name}",
                value,
                "an instance of a cluster has no such setting"
                if config.kind == "cluster"
                else "a plain instance has no such setting",
                f"Remove it; known: {', '.join(sorted(known))}.",
            )
    if config.kind == "cluster":
        return
    of_clusters: dict[str, Any] = {
        "target.cluster_parameter_group": (target.cluster_parameter_group, "target.instance_parameter_group"),
        "target.cluster_overrides": (target.cluster_overrides or None, "target.instance_overrides"),
    }
    for field, (value, instead) in of_clusters.items():
        if value is not None:
            yield BadInput(field, value, "a plain instance has no cluster", f"Write it as {instead}.")
    if "rename_instances" in config.swap.model_fields_set:
        yield BadInput(
            "swap.rename_instances",
            config.swap.rename_instances,
            "a plain instance is renamed in any case: its name is the live name",
            "Remove it.",
        )


def _recovery(config: AuroraRecovery) -> Iterator[BadInput]:
    """The section tells of the copy that the source account makes for another one, and of nothing else."""
    reason = config.no_copy or (config.no_share and f"{config.no_share}, under target.kms_key_id")
    if config.recovery and reason:
        yield BadInput(
            "recovery",
            config.recovery.model_dump(),
            f"the source account makes no copy for another one: {reason}",
            "Remove the section; where manifests need a key of their own, give manifest.kms_key_id.",
        )
    if not config.recovery and not reason:
        yield BadInput(
            "recovery",
            None,
            f"it is missing: the source account copies into {config.target.region} for another account",
            "Give region and kms_key_id of that copy, or set copy_mode to single_step.",
        )


def _single_step(config: AuroraRecovery) -> Iterator[BadInput]:
    """One call over account and Region needs two of each."""
    if config.copy_mode != "single_step" or not (config.one_account or config.one_region):
        return
    what = "account" if config.one_account else "Region"
    yield BadInput(
        "copy_mode",
        config.copy_mode,
        f"source and target are in one {what}, so that there is nothing to save by one step",
        "Remove it.",
    )


def _restore_from(config: AuroraRecovery) -> Iterator[BadInput]:
    """AWS restores a share of a cluster alone, and only in its own Region."""
    if config.restore.restore_from != "share":
        return
    field, value = "restore.restore_from", config.restore.restore_from
    if config.kind == "instance":
        yield BadInput(
            field,
            value,
            "AWS restores no encrypted snapshot of a plain instance that another account shares",
            "Set it to local_copy: the target account copies it under its own key first.",
        )
    elif config.one_account:
        yield BadInput(field, value, "source and target are one account, nothing is shared", "Remove it.")
    elif config.announced_region != config.target.region:
        yield BadInput(
            field,
            value,
            f"with copy_mode single_step the share is in {config.source.region}, and a snapshot is restored in "
            "its own Region only",
            "Set it to local_copy, or copy_mode to two_step.",
        )


def _one_place(config: AuroraRecovery) -> Iterator[BadInput]:
    """What one account and one Region exclude."""
    if not (config.one_account and config.one_region):
        return
    if config.kind == "instance" and config.target.kms_key_id != config.source.kms_key_id:
        yield BadInput(
            "target.kms_key_id",
            config.target.kms_key_id,
            "in one account and Region nothing is copied, and a plain instance keeps the key of its snapshot",
            f"Set it to source.kms_key_id, {config.source.kms_key_id}.",
        )
    if not config.in_place or config.restore.mode != "swap":
        return
    if config.restore.start_on_message:
        yield BadInput(
            "restore.start_on_message",
            True,
            f"each recovery point would at once replace the {config.kind} that it was taken of",
            f"Set it to false, set restore.mode to test or keep, or give target.{config.kind}_id another name.",
        )
    if schedule := config.schedule.recovery_restore:
        yield BadInput(
            "schedule.recovery_restore",
            schedule.cron,
            f"the {config.kind} would lose, again and again, what was written since its last recovery point",
            f"Remove it, set restore.mode to test or keep, or give target.{config.kind}_id another name.",
        )


def _a(kind: str) -> str:
    return "a cluster" if kind == "cluster" else "a plain instance"
