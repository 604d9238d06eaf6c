"""Write a target to the lake, prove it whole, and let readers see it there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from switchyard.errors import CheckFailed
from switchyard.federated import names, publishing
from switchyard.federated.deletes import is_due
from switchyard.federated.manifest import Manifest, read_manifest, require_whole
from switchyard.federated.partitions import flip, partitions_of
from switchyard.observability import metrics
from switchyard.observability.lineage import Field, Lineage, folder
from switchyard.operators.base import Pause
from switchyard.operators.discovery.extract import Folder
from switchyard.operators.federated.base import TableOperator
from switchyard.redshift.identifiers import Identifier
from switchyard.redshift.literals import S3Path
from switchyard.sql import render_redshift
from switchyard.waiting.kinds import Wait

_DUE = "publication_due"
_FOLDER = "folder"
_UNLOAD = "unload"
_COUNT = 1
"""Which statement of the batch counts the rows."""
_FIND, _COLUMNS, _PARTITIONS, _PROOF = "find_table", "find_columns", "list_partitions", "count_published"
_MANIFEST = "manifest"
_HIDDEN = "_manifest"
"""Spectrum and Athena pass over objects whose names begin with an underscore."""


class PublishTableOperator(TableOperator):
    """Unload into a folder of the run's own, hold it against its manifest, then flip the external table.

    Until the flip readers see the folder of an earlier run, whatever happens here. A partitioned table flips partition
    by partition: for that moment a reader may see some of both runs. Folders of earlier runs are kept as a way back.
    """

    reports = metrics.reported(rows=metrics.ROWS_PUBLISHED, bytes=metrics.BYTES_PUBLISHED)

    def act(self, context: Any) -> Wait | Pause | None:
        if not self._is_due(context):
            return None
        location = self._location(context)
        statements = publishing.unload(self.table, location, self._lake["role_arn"])
        if wait := self.statement(context, _UNLOAD, statements):
            return wait
        manifest = None if self.dry_run else self._manifest(context)
        if (wait := self._ensure_table(context)) or (wait := self._flip(context, manifest)):
            return wait
        count = render_redshift("publish/count_published.sql", table=self._external)
        return self.statement(context, _PROOF, count, adds_rows=False)

    def result(self, context: Any) -> dict[str, Any]:
        if not self._is_due(context):
            return {"made": False, "summary": "not published in this run"}
        location, manifest, now = self._location(context), self._manifest(context), datetime.now(UTC)
        self._require_seen(context, manifest)
        self._remove_own(context, but=location)
        self._record(context, manifest, now)
        removed = self._remove_old()
        self.told = self._lineage(manifest)
        return {
            "made": True,
            "location": location,
            "rows": manifest.rows,
            "files": len(manifest.files),
            "bytes": manifest.size,
            "removed": removed,
            "summary": f"{manifest.rows} rows in {len(manifest.files)} files",
        }

    def _lineage(self, manifest: Manifest) -> Lineage:
        fields = tuple(Field(one.name, str(one.type), one.name) for one in self.table.columns)
        counts = {"rows": manifest.rows, "size": manifest.size, "files": len(manifest.files)}
        place = f"{self._lake['prefix'].strip('/')}/{self._external.parts[1]}"
        return Lineage((self.target_data(),), (folder(self._lake["bucket"], place, fields=fields, **counts),))

    def _location(self, context: Any) -> str:
        """The folder of this attempt at the unload: one that nothing was ever written to."""
        memory = context["task_state_store"]
        attempt = self.memory(context).get(_UNLOAD).attempt
        known = memory.get(_FOLDER)
        if known is not None and known["attempt"] == attempt:
            return str(known["location"])
        number = 1
        while not self._folder(location := self._candidate(number)).is_empty():
            number += 1
        memory.set(_FOLDER, {"attempt": attempt, "location": location, "number": number})
        return location

    def _candidate(self, number: int) -> str:
        return publishing.folder(self._lake, self.table, names.load_id(self.stamp), number)

    def _manifest(self, context: Any) -> Manifest:
        """What was unloaded, once manifest, warehouse and S3 agree about it.

        UNLOAD leaves the manifest among the files, where readers of the folder would take it for one of them. So it
        gets a name that they pass over.
        """
        location = self._location(context)
        folder = self._folder(location)
        sizes = {f"s3://{folder.bucket}/{one['Key']}": int(one["Size"]) for one in folder.objects()}
        written, hidden = (sizes.pop(location + name, None) for name in (_MANIFEST, _HIDDEN))
        if written is None and hidden is None:
            raise CheckFailed(f"reading {location}", "there is no manifest", "Clear this task")
        place = {"Bucket": folder.bucket, "ExpectedBucketOwner": self.account_id}
        kept = folder.prefix + (_MANIFEST if hidden is None else _HIDDEN)
        body = folder.s3.get_object(**place, Key=kept)["Body"].read()
        manifest = read_manifest(location, body)
        [row] = self.rows(context, _UNLOAD, _COUNT)
        require_whole(location, manifest, counted=int(row["row_count"]), sizes=sizes)
        if hidden is None:
            folder.s3.put_object(**place, Key=folder.prefix + _HIDDEN, Body=body)
        if written is not None:
            folder.s3.delete_object(**place, Key=folder.prefix + _MANIFEST)
        return manifest

    def _ensure_table(self, context: Any) -> Wait | Pause | None:
        """Make the external table where it is missing, and anew where its columns are others."""
        named = {"schema_name": self._external.parts[0], "table_name": self._external.parts[1]}
        for purpose, file in ((_FIND, "find_external_table"), (_COLUMNS, "find_external_columns")):
            statement = render_redshift(f"publish/{file}.sql")
            if wait := self.statement(context, purpose, statement, parameters=named, adds_rows=False):
                return wait
        found = [str(row["columnname"]) for row in self.rows(context, _COLUMNS)]
        if found == publishing.column_order(self.table):
            return None
        if self.rows(context, _FIND):
            drop = render_redshift("tidy/drop_table.sql", table=self._external)
            if wait := self.statement(context, "drop_table", drop):
                return wait
        create = publishing.create_table(self.table, self._external, self._home(context))
        return self.statement(context, "create_table", create)

    def _flip(self, context: Any, manifest: Manifest | None) -> Wait | Pause | None:
        if not self._columns:
            move = render_redshift(
                "publish/set_location.sql", table=self._external, location=S3Path(self._location(context))
            )
            return self.statement(context, "set_location", move, adds_rows=False)
        statement = render_redshift("publish/list_partitions.sql")
        named = {"schema_name": self._external.parts[0], "table_name": self._external.parts[1]}
        if wait := self.statement(context, _PARTITIONS, statement, parameters=named, adds_rows=False):
            return wait
        present = {
            tuple(json.loads(str(row["partition_values"]))): str(row["location"])
            for row in self.rows(context, _PARTITIONS)
        }
        files = manifest.files if manifest else ()
        wanted = partitions_of(self._location(context), self._columns, (one.url for one in files))
        changes = publishing.flips(self._external, self._columns, flip(present, wanted))
        for number, change in enumerate(changes, 1):
            if wait := self.statement(context, f"flip {number}", change):
                return wait
        return None

    def _require_seen(self, context: Any, manifest: Manifest) -> None:
        [row] = self.rows(context, _PROOF)
        if int(row["row_count"]) != manifest.rows:
            raise CheckFailed(
                f"reading {'.'.join(self._external.parts)}",
                f"it has {row['row_count']} rows, {manifest.rows} were unloaded",
                "Look at the table's partitions and their locations, then clear this task",
            )

    def _record(self, context: Any, manifest: Manifest, now: datetime) -> None:
        self.ledger.record_load_publication(
            **self.run_of(context),
            table_name=self.table.name,
            pipeline=self.pipeline,
            external_table=f"{self._lake['database']}.{self._external.name}",
            location=self._location(context),
            rows=manifest.rows,
            files=len(manifest.files),
            bytes=manifest.size,
            manifest_sha256=manifest.sha256,
            unloaded_at=now,
            published_at=now,
            removed_at=None,
        )
        self.ledger.record_load_window(
            **self.run_of(context), table_name=self.table.name, pipeline=self.pipeline, published_at=now
        )

    def _remove_own(self, context: Any, *, but: str) -> None:
        """Remove what this run published before it was cleared, and what its failed unloads have left.

        The ledger keeps one folder of a run, and knows of no unload that failed.
        """
        run_id = context["dag_run"].run_id
        for one in self.ledger.publications(self.pipeline, self.table.name):
            if one.run_id == run_id and one.location != but:
                self._folder(one.location).empty()
        for number in range(1, int(context["task_state_store"].get(_FOLDER).get("number", 1))):
            self._folder(self._candidate(number)).empty()

    def _remove_old(self) -> int:
        """Remove folders beyond those that are kept; how many."""
        kept = int(self.table.content["publish"]["keep"])
        old = self.ledger.publications(self.pipeline, self.table.name)[kept:]
        for one in old:
            self._folder(one.location).empty()
            self.ledger.record_load_publication(
                dag_id=one.dag_id,
                run_id=one.run_id,
                table_name=self.table.name,
                pipeline=self.pipeline,
                removed_at=datetime.now(UTC),
            )
        return len(old)

    def _is_due(self, context: Any) -> bool:
        """Whether this run publishes, as it was decided first."""
        settings = self.table.content["publish"]
        if not settings or not self.lake:
            return False
        memory = context["task_state_store"]
        if (known := memory.get(_DUE)) is None:
            since = self.ledger.windows_since(
                "published_at", self.pipeline, self.table.name, but_run=context["dag_run"].run_id
            )
            known = is_due(settings["every"], since)
            memory.set(_DUE, known)
        return bool(known)

    def _home(self, context: Any) -> str:
        """Where the external table is said to lie: a partitioned one above its partitions."""
        location = self._location(context)
        return location.partition("load_id=")[0] if self._columns else location

    def _folder(self, location: str) -> Folder:
        bucket, _, prefix = location.removeprefix("s3://").partition("/")
        return Folder(self.client("s3"), bucket, prefix, self.account_id)

    @property
    def _lake(self) -> Mapping[str, Any]:
        assert self.lake is not None  # noqa: S101 - publications without a lake are never due
        return self.lake

    @property
    def _external(self) -> Identifier:
        return publishing.external_table(self._lake, self.table)

    @property
    def _columns(self) -> tuple[str, ...]:
        return publishing.partition_columns(self.table)
