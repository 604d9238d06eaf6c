"""Capture the manifest of a recovery point, and read it back with its hash."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from switchyard.aurora_recovery.manifest import Manifest, Watermark
from switchyard.aurora_recovery.surroundings import Surroundings
from switchyard.aurora_recovery.untrusted import utc_text
from switchyard.aws import console as pages
from switchyard.databases.connections import Database, connect
from switchyard.databases.logins import read_login
from switchyard.errors import BadInput, StepFailed
from switchyard.observability import metrics
from switchyard.operators.aurora import describe, documents, surroundings, tags
from switchyard.operators.aurora.protected import Described
from switchyard.operators.aurora.step import RecoveryOperator
from switchyard.sql import Engine, render
from switchyard.waiting.kinds import Wait


class CaptureManifestOperator(RecoveryOperator):
    """Write down, before the snapshot, what a snapshot does not hold: settings, row counts, watermarks, time.

    A second try finds the manifest of the first: row counts taken after the snapshot would promise rows it lacks.

    Args:
        row_counts: tables to count.
        watermarks: column to take the greatest value of, by table.
        adopted: whether the recovery point was made by an earlier run, with its manifest.
    """

    reports = metrics.reported(rows=metrics.PROTECTED_ROWS)
    console = (pages.DATABASE % "source_id",)
    template_fields = (
        *RecoveryOperator.template_fields,
        "source_id",
        "snapshot_id",
        "stamp",
        "run_identity",
        "adopted",
    )

    def __init__(
        self,
        *,
        engine: str,
        source_id: str,
        snapshot_id: str,
        recovery_region: str,
        bucket: str,
        prefix: str,
        kms_key_id: str | None,
        login_secret_id: str,
        database: str | None,
        row_counts: Sequence[str],
        watermarks: Mapping[str, str],
        pipeline: str,
        stamp: str,
        run_identity: str = "{{ run_id }}",
        adopted: Any = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.adopted = adopted
        self.engine = engine
        self.source_id = source_id
        self.snapshot_id = snapshot_id
        self.recovery_region = recovery_region
        self.bucket = bucket
        self.prefix = prefix
        self.kms_key_id = kms_key_id
        self.login_secret_id = login_secret_id
        self.database = database
        self.row_counts = tuple(row_counts)
        self.watermarks = dict(watermarks)
        self.pipeline = pipeline
        self.stamp = stamp
        self.run_identity = run_identity

    def act(self, context: Any) -> Wait | None:
        if self._stored() is None:
            self._require_present()
            content = self._capture().to_json().encode()
            documents.write(self._s3, self.bucket, self._key, content, kms_key_id=self.kms_key_id)
        return None

    def _require_present(self) -> None:
        if self.adopted:
            raise StepFailed(
                what=f"manifest of the adopted {self.snapshot_id}",
                found=f"s3://{self.bucket}/{self._key} is not there, and what it would say now is not what held then",
                remedy="Restore it from the bucket's older versions, then clear this task",
            )

    def result(self, context: Any) -> dict[str, Any]:
        manifest = self._stored()
        if manifest is None:
            raise StepFailed(
                what=f"manifest s3://{self.bucket}/{self._key}",
                found="it was written and is not there",
                remedy="Look for what deletes objects in this bucket, then clear this task",
            )
        return {
            "manifest_uri": f"s3://{self.bucket}/{self._key}",
            "manifest_sha256": manifest.sha256,
            "snapshot_tags": {
                tags.SOURCE_TIME: utc_text(manifest.source_time),
                tags.MANIFEST_SHA256: manifest.sha256,
            },
            "source_time": utc_text(manifest.source_time),
            "engine_version": manifest.engine_version,
            "resource_id": manifest.source_resource_id,
            "rows": sum(manifest.row_counts.values()),
            "summary": f"{sum(manifest.row_counts.values())} rows counted in {len(manifest.row_counts)} tables, "
            f"data of {utc_text(manifest.source_time)}",
        }

    @property
    def _s3(self) -> Any:
        return self.client("s3", region_name=self.recovery_region)

    @property
    def _key(self) -> str:
        return documents.document_key(self.prefix, self.source_id, self.snapshot_id)

    def _stored(self) -> Manifest | None:
        content = documents.read(self._s3, self.bucket, self._key)
        return Manifest.from_json(content) if content is not None else None

    def _capture(self) -> Manifest:
        source = self.require(self.source_id)
        source_time = datetime.now(UTC)
        login = read_login(self.client("secretsmanager"), self.login_secret_id, database=self.database)
        engine = describe.DATABASE_ENGINES[self.engine]
        with connect(engine, *source.address, login) as database:
            row_counts = count_rows(database, engine, self.row_counts)
            watermarks = read_watermarks(database, engine, self.watermarks)
        return Manifest(
            pipeline=self.pipeline,
            run_id=self.run_identity,
            stamp=self.stamp,
            source_account_id=self.account_id,
            source_region=self.region_name,
            source_time=source_time,
            snapshot_ids={self.region_name: self.snapshot_id, self.recovery_region: self.snapshot_id},
            row_counts=row_counts,
            watermarks=watermarks,
            surroundings=self._surroundings(source),
            **self.protected.contents(self.client(), source),
        )

    def _surroundings(self, source: Described) -> Surroundings:
        if not self.protected.has_surroundings:
            return Surroundings()
        return surroundings.read(self.client(), self.client("application-autoscaling"), source.name)


def read_manifest(s3: Any, uri: str, sha256: str) -> Manifest:
    """Read a manifest that an earlier step has accepted.

    Raises:
        BadInput: it is gone, or its content is not what was accepted.
    """
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    content = documents.read(s3, bucket, key)
    if content is None:
        raise BadInput(
            field="manifest_uri",
            value=uri,
            problem="there is no such object",
            remedy="Take a new recovery point; restore objects deleted from the bucket if it is versioned",
        )
    return Manifest.from_json(content, sha256=sha256)


def count_rows(database: Database, engine: Engine, tables: Sequence[str]) -> dict[str, int]:
    """Rows by table."""
    path = f"aurora_recovery/{engine}/count_rows.sql"
    return {table: int(database.value(render(path, engine, table=table))) for table in tables}


def read_watermarks(database: Database, engine: Engine, columns: Mapping[str, str]) -> dict[str, Watermark]:
    """Greatest value by ``table.column``; a column of an empty table is left out."""
    path = f"aurora_recovery/{engine}/select_watermark.sql"
    found = {
        f"{table}.{column}": database.value(render(path, engine, table=table, column=column))
        for table, column in columns.items()
    }
    return {name: _plain(value) for name, value in found.items() if value is not None}


def _plain(value: Any) -> Watermark:
    if isinstance(value, Decimal):
        return int(value)
    if isinstance(value, int):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
