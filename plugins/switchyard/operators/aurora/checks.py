"""Prove the candidate before it may go live, and the live endpoint after it has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from switchyard.aurora_recovery import checks
from switchyard.aurora_recovery.checks import CheckResult
from switchyard.aurora_recovery.manifest import Manifest
from switchyard.aurora_recovery.parity import compare
from switchyard.aurora_recovery.restore import acceptance_arguments
from switchyard.errors import CheckFailed, NotAllowed
from switchyard.operators.aurora import tags
from switchyard.operators.aurora.modes import InSwapMode
from switchyard.operators.aurora.notes import note_checks
from switchyard.operators.aurora.proof import NO_ANSWER, ProofOperator, require_passed
from switchyard.operators.aurora.protected import Described
from switchyard.operators.aurora.restore import given
from switchyard.operators.aurora.rollback import RollbackOperator
from switchyard.operators.base import Pause
from switchyard.waiting.kinds import Wait


class CheckCandidateOperator(ProofOperator):
    """Prove that the candidate holds what the recovery point promised, over TLS verified down to the host name.

    Only this step writes the tag that lets a candidate take the live name.
    """

    def __init__(
        self,
        *,
        explained_differences: Mapping[str, str],
        explained_by_mode: Any = None,
        instance_overrides: Mapping[str, Any],
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.explained_differences = dict(explained_differences)
        self.explained_by_mode = explained_by_mode
        self.instance_overrides = dict(instance_overrides)

    template_fields = (*ProofOperator.template_fields, "instance_overrides", "explained_by_mode")

    def act(self, context: Any) -> Wait | Pause | None:
        if self.dry_run and self.find_candidate() is None:
            self.log.info("Would check %s: row counts, watermarks, %s", self.candidate_id, self.sql_checks)
            return None
        candidate = self.require_candidate()
        self._require_unserving(candidate)
        manifest = self.manifest()
        try:
            data = self.prove_data(candidate, manifest, is_live=False)
            self.results = [*data, *self._settings(candidate, manifest)]
            require_passed(self.results, what=f"candidate {self.candidate_id}")
        except NO_ANSWER as error:
            outcome = self.patience(context, error)
            if isinstance(outcome, CheckFailed):
                self._withdraw_proof(candidate)
                raise outcome from error
            return outcome
        except CheckFailed:
            self._withdraw_proof(candidate)
            note_checks(context, self.evidence())
            raise
        self._tag(candidate, self.stamp)
        return None

    def result(self, context: Any) -> dict[str, Any]:
        return self.evidence()

    def _require_unserving(self, candidate: Described) -> None:
        if candidate.name != self.candidate_id:
            raise NotAllowed(
                what=f"checking {self.candidate_id}",
                found=f"it bears {self.live_id} by now, and clients write to it",
                remedy="Clear the task that checks the live endpoint, or start a new run",
            )

    def _withdraw_proof(self, candidate: Described) -> None:
        """Take the tag of an earlier success back: what fails now must not go live."""
        if tags.PROVED in candidate.tags:
            self._tag(candidate, "withdrawn")

    def _tag(self, candidate: Described, proved: str) -> None:
        self.client().add_tags_to_resource(
            ResourceName=candidate.arn, Tags=tags.tag_list({tags.PROVED: proved})
        )

    def _settings(self, candidate: Described, manifest: Manifest) -> list[CheckResult]:
        final_name = {one.instance_id: one.instance_id for one in manifest.members} | {
            self.names.candidate_instance_id(one.instance_id): one.instance_id for one in manifest.members
        }
        instances = {
            final_name[one["DBInstanceIdentifier"]]: one
            for one in self.protected.instances(self.client(), candidate)
            if one["DBInstanceIdentifier"] in final_name
        }
        differences = compare(
            manifest,
            candidate.fields,
            instances,
            overrides=given(self.overrides),
            instance_overrides=given(self.instance_overrides),
            explained=self.explained_differences | (self.explained_by_mode or {}),
        )
        return checks.parity(differences)


class CheckLiveOperator(InSwapMode, ProofOperator, RollbackOperator):
    """Prove that the live endpoint leads to the proved cluster and its data; go back to the old one when it does not.

    The rollback is the swap's own loop with the inverse plan, and then gives back what was carried over since. It ends
    this step as failed, with the old one live again and the candidate kept under its own name for study. The
    certificate of a renamed cluster bears its former name until the cluster is stopped and started, so that here its
    authority alone is verified.
    """

    skipped_because = "The live endpoint is not touched"
    template_fields = (*ProofOperator.template_fields, "candidate_resource_id", "mode")

    def __init__(self, *, candidate_resource_id: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.candidate_resource_id = candidate_resource_id

    def act(self, context: Any) -> Wait | Pause | None:
        if self.dry_run:
            self.log.info("Would check the live endpoint of %s", self.live_id)
            return None
        store = context["task_state_store"]
        loop = self.loop(store)
        candidate = loop.candidate(self.candidate_resource_id)
        if isinstance(candidate, Pause):
            return candidate
        if candidate is None:
            return self.roll_back_alone(store, self.candidate_resource_id)
        if loop.goes_back(candidate):
            return self.roll_back(store, candidate)
        outcome = self._verify(context, candidate)
        if not isinstance(outcome, CheckFailed):
            return outcome or self._accept(candidate)
        if candidate.tags.get(tags.ROLE) == tags.LIVE:
            # Clients have worked on it since it was accepted, and the old one may be gone.
            raise outcome
        return self._turn_back(context, candidate, outcome)

    def result(self, context: Any) -> dict[str, Any]:
        return self.evidence()

    def _verify(self, context: Any, candidate: Described) -> Pause | CheckFailed | None:
        try:
            data = self.prove_data(candidate, self.manifest(), is_live=True)
            self.results = [self._bearer(), *data]
            require_passed(self.results, what=f"live endpoint of {self.live_id}")
        except NO_ANSWER as error:
            return self.patience(context, error)
        except CheckFailed as failed:
            return failed
        return None

    def _bearer(self) -> CheckResult:
        live = self.find(self.live_id)
        found = live.resource_id if live else "nobody"
        return CheckResult(
            name=f"bearer of {self.live_id}",
            expected=self.candidate_resource_id,
            found=found,
            passed=found == self.candidate_resource_id,
            remedy="See the how-to on half swaps",
        )

    def _turn_back(self, context: Any, candidate: Described, failed: CheckFailed) -> Wait | Pause:
        store = context["task_state_store"]
        self.log.error("Going back to the old one: %s", failed)
        note_checks(context, self.evidence())
        self.loop(store).turn_back(candidate, str(failed))
        return self.roll_back(store, candidate)

    def _accept(self, candidate: Described) -> Wait | None:
        live = tags.tag_list({tags.ROLE: tags.LIVE})
        self.client().add_tags_to_resource(ResourceName=candidate.arn, Tags=live)
        wanted = acceptance_arguments(self.manifest(), self.overrides)
        missing = {name: value for name, value in wanted.items() if candidate.fields.get(name) != value}
        if missing:
            self.protected.modify(self.client(), self.live_id, missing)
        return None
