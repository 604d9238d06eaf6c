"""Bring the release before back, after one that did not prove itself."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal

from airflow.sdk.exceptions import AirflowSkipException
from botocore.exceptions import ClientError

from switchyard.aws import console as pages
from switchyard.aws.error_table import Disposition, disposition
from switchyard.errors import StepFailed
from switchyard.operators.base import AwsOperator, Pause
from switchyard.operators.synonyms.apply import Application, Applied, Refresh
from switchyard.operators.synonyms.association import Associated, Association
from switchyard.operators.synonyms.domains import require_found, search_client_of, searched
from switchyard.operators.synonyms.lock import PublicationLock
from switchyard.operators.synonyms.notes import note_release, run_of
from switchyard.operators.synonyms.packages import releases_of
from switchyard.operators.synonyms.probe import run_probes
from switchyard.operators.synonyms.publication import Publication, Published, Publisher, require_package
from switchyard.operators.synonyms.releases import Release, release_key
from switchyard.operators.synonyms.update import LOCK_SECONDS, SETTLE_SECONDS
from switchyard.search.client import SearchClient
from switchyard.waiting.kinds import Wait

_PUBLISHED = "rolled_back_to"


class RollBackOperator(AwsOperator):
    """Publish the file of the release before, give it to every domain, prove it, and fail the run.

    A domain cannot go back to an older version of a package: the old bytes become a new version. The step always ends
    as failed, since the run has not done what it was asked for; its message says what is live now. Cleared, it finds
    what it has done and ends in the same way.

    Args:
        package_name: the package.
        bucket: bucket of the releases.
        folder: beginning of the keys of the set's objects, with its slash.
        lock_key: the object that says which run may publish.
        sha256: hash of the release that did not prove itself.
        version: the version that it was given; without one the step is skipped.
        previous_sha256: hash of the release before; empty where none is known.
        domains: the domains as they are configured.
        analysis: the declared ``tokenizer`` and ``filters`` before the synonyms.
        refresh: how updateable analyzers are read again.
        probes: searches that held with the release before.
        keep_old_index_hours: how long a replaced index is kept.
        block_writes: whether writes to an index are refused while its documents are copied.
    """

    console = (pages.PACKAGES,)
    service = "opensearch"
    template_fields = (
        *AwsOperator.template_fields,
        "package_name",
        "folder",
        "lock_key",
        "sha256",
        "version",
        "previous_sha256",
        "domains",
        "probes",
        "pipeline",
        "stamp",
    )

    def __init__(
        self,
        *,
        package_name: str,
        bucket: str,
        folder: str,
        lock_key: str,
        sha256: str,
        version: str,
        previous_sha256: str,
        domains: Sequence[Mapping[str, Any]],
        analysis: Mapping[str, Any],
        refresh: Refresh,
        probes: Sequence[Mapping[str, Any]],
        pipeline: str,
        stamp: str,
        keep_old_index_hours: float = 24,
        block_writes: bool = True,
        lock_seconds: float = LOCK_SECONDS,
        settle_seconds: float = SETTLE_SECONDS,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.package_name = package_name
        self.bucket = bucket
        self.folder = folder
        self.lock_key = lock_key
        self.sha256 = sha256
        self.version = version
        self.previous_sha256 = previous_sha256
        self.domains = domains
        self.analysis = analysis
        self.refresh = refresh
        self.probes = probes
        self.pipeline = pipeline
        self.stamp = stamp
        self.keep_old_index_hours = keep_old_index_hours
        self.block_writes = block_writes
        self.lock_seconds = lock_seconds
        self.settle_seconds = settle_seconds

    def act(self, context: Any) -> Wait | Pause | None:
        if self.dry_run:
            return None  # nothing was published that could be taken back
        if not self.version:
            raise AirflowSkipException(
                "the package never took the release over, so there is nothing to take back"
            )
        self._require_previous(context)
        version = self._publish(context)
        if not isinstance(version, str):
            return version
        for domain in self.domains:
            if wanted := self._bring_back(context, domain, version):
                return wanted
        return self._prove(context, version)

    def result(self, context: Any) -> dict[str, Any]:
        return {}

    def _require_previous(self, context: Any) -> None:
        if not self.previous_sha256:
            found = f"its origin is not known, so that release {self.sha256[:12]} stays live"
        elif not self._exists(self._key):
            found = (
                f"its file s3://{self.bucket}/{self._key} is gone, so release {self.sha256[:12]} stays live"
            )
        else:
            return
        raise self._ended(
            context,
            "failed",
            StepFailed(
                "the release before",
                found,
                "Correct the rows and start a new run: it publishes over what is there",
            ),
        )

    @property
    def _key(self) -> str:
        return release_key(self.folder, self.previous_sha256)

    def _exists(self, key: str) -> bool:
        try:
            self.client("s3").head_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if disposition(error) is Disposition.ABSENT:
                return False
            raise
        return True

    def _publish(self, context: Any) -> str | Wait | Pause:
        store = context["task_state_store"]
        if version := store.get(_PUBLISHED):
            return str(version)
        lock = PublicationLock(
            self.client("s3"), self.bucket, self.lock_key, run=self.stamp, pipeline=self.pipeline
        )
        lock.hold(self.lock_seconds)
        publisher = Publisher(self, context, self._publication, lock)
        outcome = publisher.advance()
        if not isinstance(outcome, Published):
            return outcome
        publisher.confirm()
        store.set(_PUBLISHED, outcome.version)
        return outcome.version

    @property
    def _publication(self) -> Publication:
        package = require_package(self.client(), self.package_name)
        known = releases_of(self.client(), package).values()
        rules = [one.rules for one in known if one is not None and one.sha256 == self.previous_sha256]
        return Publication(
            package_name=self.package_name,
            bucket=self.bucket,
            key=self._key,
            release=Release(self.previous_sha256, rules[-1] if rules else 0, self.stamp),
            expected_version=self.version,
            expected_sha256=self.sha256,
            settle_seconds=self.settle_seconds,
        )

    def _bring_back(self, context: Any, domain: Mapping[str, Any], version: str) -> Wait | Pause | None:
        """Give a domain and its indexes the old rules; None when they have them."""
        store, done = context["task_state_store"], f"back {domain['name']}"
        reference_path = store.get(done)
        if reference_path is None:
            association = Association(
                self,
                context,
                domain=domain["name"],
                package=require_package(self.client(), self.package_name),
                version=version,
                settle_seconds=self.settle_seconds,
            )
            outcome = association.advance()
            if not isinstance(outcome, Associated):
                return outcome
            reference_path = outcome.reference_path
            store.set(done, reference_path)
        return self._apply(context, domain, version, reference_path)

    def _apply(
        self, context: Any, domain: Mapping[str, Any], version: str, reference_path: str
    ) -> Pause | None:
        application = self._application(domain, version, reference_path)
        with closing(search_client_of(self, domain)) as client:
            affected = [
                index for index in domain["indexes"] if self._is_affected(context, application, client, index)
            ]
        application = replace(application, domain={**domain, "indexes": affected})
        outcome = application.advance(self, context)
        return None if isinstance(outcome, Applied) else outcome

    def _application(self, domain: Mapping[str, Any], version: str, reference_path: str) -> Application:
        return Application(
            domain=domain,
            reference_path=reference_path,
            version=version,
            analysis=self.analysis,
            refresh=self.refresh,
            probes=self.probes,
            keep_old_index_hours=self.keep_old_index_hours,
            block_writes=self.block_writes,
            pipeline=self.pipeline,
            stamp=self.stamp,
        )

    def _is_affected(
        self, context: Any, application: Application, client: SearchClient, index: Mapping[str, Any]
    ) -> bool:
        """Whether an index shows the release; of one whose alias never moved, what was begun is taken back."""
        if index.get("use", "search_time") == "search_time":
            return True
        shown = require_found(client, searched(index)).origin
        if shown.get("pipeline") == self.pipeline and shown.get("version") in (
            self.version,
            application.version,
        ):
            return True
        replace(application, version=self.version).reindexing(self, context, client, index).give_up()
        return False

    def _prove(self, context: Any, version: str) -> Pause:
        results = []
        for domain in self.domains:
            with closing(search_client_of(self, domain)) as client:
                results += run_probes(client, domain, self.probes)
        faults = "; ".join(str(result) for result in results if not result.passed)
        if faults and time.time() + self.poll_interval < self._deadline(context):
            return Pause(self.poll_interval, f"searches to be as before: {faults}")
        held = f"but its searches do not hold either: {faults}" if faults else "and its searches hold"
        raise self._ended(
            context,
            "rolled back",
            StepFailed(
                f"release {self.sha256[:12]} of run {self.stamp}",
                f"it did not prove itself, so the release before ({self.previous_sha256[:12]}) was published again "
                f"as version {version}, {held}",
                "Correct the rows or the probes, then start a new run",
            ),
            version=version,
        )

    def _ended(
        self,
        context: Any,
        state: Literal["failed", "rolled back"],
        error: StepFailed,
        *,
        version: str | None = None,
    ) -> StepFailed:
        run = run_of(context)
        note_release(
            dag_id=run["dag_id"],
            run_id=run["run_id"],
            pipeline=self.pipeline,
            state=state,
            live_version=version or self.version,
            finished_at=datetime.now(UTC),
            reason=str(error),
        )
        return error
