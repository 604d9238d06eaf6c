"""Build a release: read the rows, make the rule file, validate every rule, compare with what is live."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from airflow.sdk.exceptions import AirflowSkipException

from switchyard.aws import console as pages
from switchyard.errors import CheckFailed
from switchyard.observability import metrics
from switchyard.operators.base import AwsOperator
from switchyard.operators.source_database import open_source
from switchyard.operators.synonyms.domains import search_client_of
from switchyard.operators.synonyms.live import Live, fetch_release, find_live
from switchyard.operators.synonyms.notes import note_release, run_of
from switchyard.operators.synonyms.packages import find_package
from switchyard.operators.synonyms.preflight import preflight
from switchyard.operators.synonyms.probed import probes_for
from switchyard.operators.synonyms.releases import draft_key, release_key
from switchyard.operators.synonyms.source import statement_of
from switchyard.synonyms.analysis import Chain
from switchyard.synonyms.compiler import Compiled, compile_rules
from switchyard.synonyms.diff import Diff, compare, empty_guard
from switchyard.synonyms.limits import Limits
from switchyard.synonyms.rules import rows_from_tuples
from switchyard.waiting.kinds import Wait

LIVE_FILE = "live.txt"


@dataclass(frozen=True)
class Built:
    """A release, and what it is compared with.

    Attributes:
        compiled: its file and the report about its rows.
        live: what the domains serve; None where there is no package yet.
        live_file: whether the live file is at hand.
        remarks: what a person should know about the comparison.
        diff: the changes against the live file; against nothing where it is not at hand.
        probes: the searches that prove this release.
        live_probes: the searches that the live release had to pass.
    """

    compiled: Compiled
    live: Live | None
    live_file: bool
    remarks: tuple[str, ...]
    diff: Diff
    probes: list[dict[str, Any]]
    live_probes: list[dict[str, Any]]

    @property
    def changed(self) -> bool:
        """Whether there is anything to publish."""
        return self.live is None or not self.live.is_all(self.compiled.sha256)


class BuildReleaseOperator(AwsOperator):
    """Make one file of all rows, check every rule, and put it aside as the run's draft where it is news.

    The file is rebuilt from all rows each time, so that inserts, updates and deletes all reach it, and the same rows
    give the same bytes. An error in any row ends the run before anything changes. In a dry run no draft is put aside.

    Args:
        source: where the rows are, as it is configured.
        locale: rows of this locale, and of none, make the set; None takes every row.
        analysis: the declared tokenizer and filters before the synonyms.
        limits: ``warn_expansions`` and ``max_expansions``.
        package_name: the package; there need not be one yet.
        domains: the domains as they are configured.
        bucket: bucket of the releases.
        folder: beginning of the set's keys.
        probes: the searches that prove releases, with ``when``.
        force: whether a set without any rule may be published.
    """

    console = (pages.FOLDER % ("bucket", "folder"),)
    service = "opensearch"
    changes_nothing = True
    reports = metrics.reported(
        rows=metrics.SYNONYM_ROWS, rules=metrics.SYNONYM_RULES, warnings=metrics.SYNONYM_WARNINGS
    )
    template_fields = (*AwsOperator.template_fields, "stamp", "force")

    def __init__(
        self,
        *,
        source: Mapping[str, Any],
        locale: str | None,
        analysis: Mapping[str, Any],
        limits: Mapping[str, int],
        package_name: str,
        domains: Sequence[Mapping[str, Any]],
        bucket: str,
        folder: str,
        probes: Sequence[Mapping[str, Any]],
        pipeline: str,
        stamp: str,
        force: bool | str = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.source = dict(source)
        self.locale = locale
        self.analysis = dict(analysis)
        self.limits = dict(limits)
        self.package_name = package_name
        self.domains = list(domains)
        self.bucket = bucket
        self.folder = folder
        self.probes = list(probes)
        self.pipeline = pipeline
        self.stamp = stamp
        self.force = force
        self._built: Built | None = None

    def act(self, context: Any) -> Wait | None:
        with tempfile.TemporaryDirectory(prefix="switchyard-synonyms-") as scratch:
            folder = Path(scratch)
            compiled = self._compile(folder)
            self._report(context, compiled)
            built = self._compare(compiled, folder / LIVE_FILE)
            for remark in built.remarks:
                self.log.warning("%s", remark)
            if built.changed:
                self._ask_domains(compiled.path)
                self._put_draft(compiled.path)
            self._built = built
        return None

    def result(self, context: Any) -> dict[str, Any]:
        built = self._built
        assert built is not None  # noqa: S101 - act ends with it alone
        compiled, live = built.compiled, built.live
        return {
            "sha256": compiled.sha256,
            "size": compiled.size,
            "rows": compiled.rows,
            "rules": compiled.rules,
            "warnings": compiled.report.warnings,
            "changed": built.changed,
            "key": release_key(self.folder, compiled.sha256),
            "draft_key": draft_key(self.folder, self.stamp),
            "live_version": live.version if live else "",
            "live_sha256": live.sha256 if live else "",
            "live_rules": live.release.rules if live and live.release else 0,
            "live_key": release_key(self.folder, live.sha256) if live and built.live_file else "",
            "package_version": live.package_version if live else "",
            "package_sha256": live.package_sha256 if live else "",
            "diff": _as_dict(built.diff),
            "remarks": list(built.remarks),
            "probes": built.probes,
            "live_probes": built.live_probes,
            "summary": f"{compiled.rules} rules of {compiled.rows} rows, {compiled.report.warnings} warnings",
        }

    def _compile(self, folder: Path) -> Compiled:
        statement = statement_of(self.source)
        with open_source(self.source) as database, database.stream(statement) as stream:
            return compile_rules(
                rows_from_tuples(stream.columns, stream.rows),
                chain=chain_of(self.analysis),
                limits=Limits(**self.limits),
                folder=folder,
                locale=self.locale,
            )

    def _report(self, context: Any, compiled: Compiled) -> None:
        report = compiled.report
        self.log.info("%s", report.text())
        empty = empty_guard(compiled.rules, force=str(self.force).lower() == "true")
        first = next((finding for finding in report.findings if finding.severity == "error"), empty)
        note_release(
            **run_of(context),
            pipeline=self.pipeline,
            stamp=self.stamp,
            state="refused" if first else "planned" if self.dry_run else "built",
            reason=str(first) if first else None,
            package_name=self.package_name,
            sha256=compiled.sha256,
            size_bytes=compiled.size,
            source_rows=compiled.rows,
            rules=compiled.rules,
            warnings=report.warnings,
            errors=report.errors,
            built_at=datetime.now(UTC),
            report=report.as_dict(),
        )
        if report.errors:
            raise CheckFailed(
                f"validation of {compiled.rows} rows",
                f"{report.errors} errors; the first: {first}",
                "Correct the rows; the log of this task lists them, and the search is as it was",
            )
        if empty:
            raise CheckFailed(f"validation of {compiled.rows} rows", empty.reason, empty.remedy)

    def _compare(self, compiled: Compiled, live_file: Path) -> Built:
        package = find_package(self.client(), self.package_name)
        live = None
        remarks: list[str] = []
        if package is not None:
            live = find_live(self.client(), package, [domain["name"] for domain in self.domains])
            remarks = self._fetch(live, live_file)
        at_hand = live_file.exists()
        chain = chain_of(self.analysis)
        return Built(
            compiled=compiled,
            live=live,
            live_file=at_hand,
            remarks=tuple(remarks),
            diff=compare(live_file if at_hand else None, compiled.path),
            probes=probes_for(self.probes, compiled.path, chain),
            live_probes=probes_for(self.probes, live_file if at_hand else None, chain),
        )

    def _fetch(self, live: Live, target: Path) -> list[str]:
        """Bring the live file here; what stands in the way of a comparison, for people."""
        remarks = []
        if len(set(live.versions.values())) > 1:
            shown = ", ".join(f"{domain} {version or 'none'}" for domain, version in live.versions.items())
            remarks.append(
                f"The domains are on different versions ({shown}), as after a run that died in between. "
                "The release is compared with the oldest, and all domains get it"
            )
        if live.release is None:
            version = live.version or "none"
            remarks.append(
                f"The live version, {version}, is no release of this pipeline: its history has no hash of ours. "
                "Every rule counts as added, and there is nothing that a failing release could be rolled back to"
            )
        elif fault := fetch_release(self.client("s3"), self.bucket, self.folder, live.sha256, target):
            target.unlink(missing_ok=True)
            remarks.append(
                f"Release {live.sha256[:12]} is live in version {live.version}, and {fault}. "
                "Every rule counts as added, and there is nothing that a failing release could be rolled back to"
            )
        return remarks

    def _ask_domains(self, rules: Path) -> None:
        for domain in self.domains:
            client = search_client_of(self, domain)
            try:
                if reason := preflight(client, domain["name"], rules, self.analysis):
                    self.log.warning("%s", reason)
            finally:
                client.close()

    def _put_draft(self, path: Path) -> None:
        if self.dry_run:
            return
        with path.open("rb") as file:
            self.client("s3").put_object(
                Bucket=self.bucket,
                Key=draft_key(self.folder, self.stamp),
                Body=file,
                ContentType="text/plain; charset=utf-8",
                ServerSideEncryption="AES256",
            )


class BuildFirstReleaseOperator(BuildReleaseOperator):
    """Make the file that a new package begins with; skipped where there is one, which refreshes keep up to date."""

    def act(self, context: Any) -> Wait | None:
        package = find_package(self.client(), self.package_name)
        if package is not None:
            raise AirflowSkipException(f"Package {self.package_name} is there: {package['PackageID']}")
        return super().act(context)


def chain_of(analysis: Mapping[str, Any]) -> Chain:
    """The declared analysis as the compiler takes it."""
    return Chain(analysis["tokenizer"], tuple(analysis["filters"]))


def _as_dict(diff: Diff) -> dict[str, Any]:
    """A diff as JSON can hold it."""
    counts = {name: getattr(diff, name) for name in ("added", "removed", "changed", "unchanged")}
    return {**counts, "sample": [change._asdict() for change in diff.sample]}
