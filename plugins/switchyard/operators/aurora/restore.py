"""Restore a candidate from a snapshot, and give a cluster its instances."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from switchyard.aurora_recovery.manifest import Manifest
from switchyard.aurora_recovery.names import RecoveryNames
from switchyard.aurora_recovery.parity import agree
from switchyard.aurora_recovery.restore import (
    instance_arguments,
    modify_arguments,
    restore_arguments,
    wants_data_api,
)
from switchyard.aurora_recovery.settings import capture
from switchyard.aurora_recovery.untrusted import utc_text
from switchyard.aws import console as pages
from switchyard.operators.aurora import describe, swap_state, tags
from switchyard.operators.aurora.manifest import read_manifest
from switchyard.operators.aurora.protected import Described
from switchyard.operators.aurora.step import RecoveryOperator
from switchyard.operators.base import Pause
from switchyard.waiting.goals import Goal, instance_available
from switchyard.waiting.kinds import Wait

SETTLE = 300.0
"""Seconds within which AWS has to show a setting that it took."""
_ASKED = "settings_asked_at"


class CandidateOperator(RecoveryOperator):
    """What the steps on a candidate share: its name, its manifest and the run that makes it.

    Args:
        live_id: the name that the candidate may take later.
        manifest_uri: `s3://bucket/key` of the accepted manifest.
        manifest_sha256: its accepted hash.
        overrides: settings of the target account that win over the manifest, by the argument that carries them.
    """

    console = (pages.DATABASE % "candidate_id",)
    template_fields = (
        *RecoveryOperator.template_fields,
        "live_id",
        "manifest_uri",
        "manifest_sha256",
        "pipeline",
        "stamp",
        "overrides",
    )

    def __init__(
        self,
        *,
        live_id: str,
        manifest_uri: str,
        manifest_sha256: str,
        pipeline: str,
        stamp: str,
        overrides: Mapping[str, Any],
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.live_id = live_id
        self.manifest_uri = manifest_uri
        self.manifest_sha256 = manifest_sha256
        self.pipeline = pipeline
        self.stamp = stamp
        self.overrides = dict(overrides)

    @property
    def names(self) -> RecoveryNames:
        """Every name of this run."""
        return RecoveryNames.for_run(self.live_id, self.stamp)

    @property
    def candidate_id(self) -> str:
        """The candidate's name before the swap."""
        return self.names.candidate_id

    def manifest(self) -> Manifest:
        """The accepted manifest, read again and compared with its hash."""
        return read_manifest(self.client("s3"), self.manifest_uri, self.manifest_sha256)

    def own_tags(self, role: str) -> dict[str, str]:
        """Tags that make a resource this run's own from its first instant."""
        return {tags.PIPELINE: self.pipeline, tags.RUN: self.stamp, tags.ROLE: role}

    def find_candidate(self) -> Described | None:
        """The run's own: under the candidate's name, or under the live name once a swap gave it that.

        Raises:
            NotAllowed: somebody else's bears the candidate's name.
        """
        found = self.find(self.candidate_id)
        if found is not None:
            self.require_own(found.tags, f"{self.kind} {self.candidate_id}")
            return found
        live = self.find(self.live_id)
        return live if live is not None and live.tags.get(tags.RUN) == self.stamp else None

    def require_candidate(self) -> Described:
        """The run's own, which an earlier step has made.

        Raises:
            StepFailed: AWS does not show it.
            NotAllowed: somebody else's bears the candidate's name.
        """
        return self.find_candidate() or self.require(self.candidate_id)

    def is_swapped(self, candidate: Described) -> bool:
        """Whether the candidate and its instances bear other names than their own by now, or are about to."""
        return candidate.name != self.candidate_id or swap_state.is_on_record(
            candidate.tags, stamp=self.stamp
        )

    def require_own(self, found: Mapping[str, str], what: str) -> None:
        """Refuse what bears a name of this run, with these tags, and was made by somebody else."""
        tags.require_own(found, pipeline=self.pipeline, run=self.stamp, what=what)


class RestoreCandidateOperator(CandidateOperator):
    """Restore the candidate under its own name with the manifest's settings, never AWS's defaults."""

    template_fields = (*CandidateOperator.template_fields, "snapshot", "source_snapshot_arn", "mode")

    def __init__(self, *, snapshot: str, source_snapshot_arn: str, mode: str = "swap", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.mode = mode
        self.snapshot = snapshot
        self.source_snapshot_arn = source_snapshot_arn

    def act(self, context: Any) -> Wait | Pause | None:
        candidate, restored = self.find_candidate(), self.protected.goals.restored()
        if candidate is None:
            self._restore()
        elif self.is_swapped(candidate):
            return None
        elif candidate.meets(restored):
            return self._apply_later_settings(context["task_state_store"], candidate)
        return self._until(restored)

    def result(self, context: Any) -> dict[str, Any]:
        candidate = self.require_candidate()
        return {
            "candidate_id": self.candidate_id,
            "resource_id": candidate.resource_id,
            "engine_version": candidate.fields["EngineVersion"],
            "kms_key_id": candidate.fields["KmsKeyId"],
            "summary": f"{self.candidate_id} is restored, engine {candidate.fields['EngineVersion']}",
        }

    def _restore(self) -> None:
        manifest = self.manifest()
        own = self.own_tags("candidate") | {
            tags.SOURCE_TIME: utc_text(manifest.source_time),
            tags.RESTORED_FROM: self.source_snapshot_arn,
            tags.MODE: self.mode,
        }
        self.protected.restore(
            self.client(),
            self.candidate_id,
            snapshot=self.snapshot,
            arguments=restore_arguments(manifest, given(self.overrides), own),
        )

    def _apply_later_settings(self, store: Any, candidate: Described) -> Wait | Pause | None:
        wanted = modify_arguments(self.manifest(), self.overrides)
        found = capture(candidate.fields, self.protected.settings)
        missing = {name: value for name, value in wanted.items() if not agree(value, found.get(name))}
        if not missing:
            return self._turn_on_data_api(candidate)
        asked = store.get(_ASKED)
        if asked is not None:
            # What AWS took and does not show is for the check of the settings to name.
            if time.time() > float(asked) + SETTLE:
                return self._turn_on_data_api(candidate)
            return Pause(self.poll_interval, f"{', '.join(missing)} to be shown")
        self.protected.modify(self.client(), self.candidate_id, missing)
        store.set(_ASKED, time.time())
        return self._until(self.protected.goals.available())

    def _turn_on_data_api(self, candidate: Described) -> Pause | None:
        """Turn the Data API on by its own operation: AWS takes the setting of a modify call for Serverless v1 alone."""
        if candidate.fields.get("HttpEndpointEnabled") or not wants_data_api(self.manifest(), self.overrides):
            return None
        self.client().enable_http_endpoint(ResourceArn=candidate.arn)
        return Pause(self.poll_interval, "the Data API to be on")

    def _until(self, goal: Goal) -> Wait:
        return self.wait_for(self.candidate_id, describe.unless_gone(goal))


class CreateInstancesOperator(CandidateOperator):
    """Give the candidate the instances of the manifest, all started at once, then waited for one by one.

    A plain instance has none: it was restored with all that it is.

    Args:
        instance_overrides: settings that win over the manifest for every instance, e.g. its class.
    """

    template_fields = (*CandidateOperator.template_fields, "instance_overrides")

    def __init__(self, *, instance_overrides: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.instance_overrides = dict(instance_overrides)

    def act(self, context: Any) -> Wait | None:
        candidate = None if self.dry_run else self.require_candidate()
        if candidate is not None and self.is_swapped(candidate):
            return None
        manifest = self.manifest()
        waits = []
        for member in manifest.members:
            instance_id = self.names.candidate_instance_id(member.instance_id)
            found = describe.find_instance(self.client(), instance_id)
            if found is None:
                self.client().create_db_instance(
                    **instance_arguments(
                        manifest, member, given(self.instance_overrides), self.own_tags("candidate")
                    ),
                    DBInstanceIdentifier=instance_id,
                    DBClusterIdentifier=self.candidate_id,
                )
            else:
                self.require_own(tags.tags_of(found), f"instance {instance_id}")
            if found is None or found["DBInstanceStatus"] != "available":
                goal = describe.unless_gone(instance_available())
                waits.append(Wait(kind="db_instance", identifier=instance_id, goal=goal))
        return waits[0] if waits else None

    def result(self, context: Any) -> dict[str, Any]:
        candidate = self.require_candidate()
        endpoint, port = candidate.address
        count = len(candidate.member_names)
        return {
            "endpoint": endpoint,
            "port": port,
            "instances": count,
            "summary": f"{count} {'instance' if count == 1 else 'instances'}; its endpoint is {endpoint}:{port}",
        }


def given(overrides: Mapping[str, Any]) -> dict[str, Any]:
    """The overrides that a person gave: a form field left empty means the manifest's own value."""
    return {name: value for name, value in overrides.items() if value not in ("", "None", None)}
