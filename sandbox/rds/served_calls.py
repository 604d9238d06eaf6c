"""What is the same for clusters and plain instances: keys, stopping, starting, and what time does to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from moto.rds.exceptions import InvalidParameterCombination, KMSKeyNotAccessibleFault

from sandbox.rds import dataplane, endpoints, events, kms_rules
from sandbox.rds.instances import AnyInstance
from sandbox.rds.served import GRACE, INACCESSIBLE, RECOVERABLE, Served
from sandbox.rds.snapshot_calls import SnapshotCalls
from sandbox.rds.snapshots import InstanceSnapshot, Taken
from sandbox.runtime import runtime
from sandbox.transitions import Process, Stage, now, schedule

LONGEST_STOP = timedelta(days=7)


class ServedCalls(SnapshotCalls):
    """The part of the backend that does to whatever has a server what calls of both kinds ask for."""

    @staticmethod
    def begin(resource: Served | AnyInstance, what: str, stages: list[Stage], *, failed: str) -> Process:
        """Begin the process of a cluster or instance, which takes the status `failed` when its work fails."""

        def on_failure(_: BaseException) -> None:
            resource.status = failed
            endpoints.refresh(resource.served)
            if isinstance(resource, AnyInstance):
                events.record("RDS-EVENT-0031", resource, "db-instance")

        noun = "instance" if isinstance(resource, AnyInstance) else "cluster"
        resource.process = schedule(f"{what} of {noun} {resource.arn}", stages, on_failure)
        return resource.process

    def new_key(self, settings: Mapping[str, Any]) -> str | None:
        """Return the key of a new cluster or plain instance: the one asked for, the account's default, or none."""
        key = settings.get("kms_key_id")
        if not settings.get("storage_encrypted"):
            if key:
                raise InvalidParameterCombination("KmsKeyId can only be set when StorageEncrypted is true.")
            return None
        if key:
            return kms_rules.resolve(key, account=self.account_id, region=self.region_name)
        return kms_rules.default_key(self.account_id, self.region_name)

    @staticmethod
    def check_final_choice(name: str | None, *, skip: bool) -> None:
        """Refuse a deletion that neither names nor skips a final snapshot, or does both."""
        if name and skip:
            raise InvalidParameterCombination(
                "You cannot specify both FinalDBSnapshotIdentifier and SkipFinalSnapshot"
            )
        if not name and not skip:
            raise InvalidParameterCombination(
                "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
            )

    def begin_deletion(
        self,
        served: Served,
        final_name: str | None,
        *,
        empty: Callable[[], bool],
        forget: Callable[[], None],
    ) -> None:
        """Delete what may be deleted once it is empty and its final snapshot, if one is named, is taken."""
        of = self.snapshots_of(served)
        if final_name:
            longest = InstanceSnapshot.KIND.longest
            final_name = self.check_new_snapshot(of, "FinalDBSnapshotIdentifier", final_name, longest=longest)
        final = self.take_snapshot(of, served, final_name) if final_name else None
        served.status = "deleting"
        endpoints.refresh(served)

        def free() -> bool:
            return empty() and (final is None or final.status != "creating")

        def end() -> None:
            served.named, served.server = False, None
            if served.manage_master_user_password:
                served.master_user_secret.delete_secret()
            forget()
            endpoints.refresh(served)

        stages = [
            Stage(gate=free, begin=partial(self._keep_if_unsaved, served, final)),
            Stage(runtime.durations[f"{served.KIND.noun}.delete"], work=dataplane.delete(served), end=end),
        ]
        self.begin(served, "deletion", stages, failed="failed")

    @staticmethod
    def _keep_if_unsaved(served: Served, final: Taken | None) -> None:
        """Do not delete what its final snapshot failed of."""
        if final is not None and final.status != "available" and served.process is not None:
            served.process.stop()
            served.status = "available"
            endpoints.refresh(served)

    def stop_served(self, served: Served, gate: Callable[[], bool] | None = None) -> None:
        """Stop a server with its instances once `gate` allows; the data stay."""
        self._all_to(served, "stopping")

        def end() -> None:
            self._all_to(served, "stopped")
            dataplane.look_up_server(served)
            served.automatic_restart_time = now() + LONGEST_STOP
            events.record(served.KIND.stopped, served, served.KIND.source_type)

        seconds = runtime.durations[f"{served.KIND.noun}.stop"]
        stage = Stage(seconds, gate=gate, work=dataplane.stop(served), end=end)
        self.begin(served, "stop", [stage], failed="failed")

    def start_served(self, served: Served) -> None:
        """Start what is stopped with a fresh certificate, or what was locked out and has its key again."""
        if served.status not in ("stopped", RECOVERABLE):
            raise served.wrong_state(("stopped", RECOVERABLE))
        if not self._key_alive(served):
            raise KMSKeyNotAccessibleFault(served.kms_key_id)
        self._all_to(served, "starting")
        served.automatic_restart_time = served.inaccessible_since = None
        served.server = None

        def end() -> None:
            self._all_to(served, "available")
            dataplane.look_up_server(served)
            events.record(served.KIND.started, served, served.KIND.source_type)

        work = dataplane.start(served) if served.runs else None
        stage = Stage(runtime.durations[f"{served.KIND.noun}.start"], work=work, end=end)
        self.begin(served, "start", [stage], failed="failed")

    def _all_to(self, served: Served, status: str) -> None:
        served.status = status
        for instance in served.staying():
            instance.status = status
        endpoints.refresh(served)

    def settle(self) -> None:
        """Let time do what no call asked for: keys that died, stops that have lasted too long."""
        for served in self.all_served():
            if served.status == "available" and not served.busy and not self._key_alive(served):
                self._lock_out(served)
            since = served.inaccessible_since
            if served.status == RECOVERABLE and since is not None and now() - since > GRACE:
                self._all_to(served, INACCESSIBLE)
            restart = served.automatic_restart_time
            if served.status == "stopped" and restart is not None and now() >= restart:
                self.start_served(served)

    def _key_alive(self, served: Served) -> bool:
        return served.kms_key_id is None or kms_rules.alive(
            served.kms_key_id, account=self.account_id, region=self.region_name
        )

    def _lock_out(self, served: Served) -> None:
        served.inaccessible_since = now()
        self._all_to(served, RECOVERABLE)
        stage = Stage(work=dataplane.stop(served), end=partial(dataplane.look_up_server, served))
        self.begin(served, "lock-out", [stage], failed=RECOVERABLE)
