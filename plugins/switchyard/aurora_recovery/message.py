"""The notification that a recovery point is ready, from the source account to the target account.

The receiver treats it as a hint from a stranger: it is parsed strictly here, and every fact in it is read
again from AWS before anything happens.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from switchyard.aurora_recovery import untrusted
from switchyard.aurora_recovery.untrusted import Fields, load_object, utc_text
from switchyard.errors import BadInput
from switchyard.run_stamp import STAMP

SCHEMA = "switchyard.recovery-point"
VERSION = 1
MESSAGE_LIMIT = 16_384
"""Bytes of a message; ours have about 1,200."""

ENVELOPE_LIMIT = 262_144
"""Bytes of an SNS delivery; SNS and SQS carry no more."""

_REMEDY = "Nothing was restored from it. Publish the recovery point again with a current recovery_point run."
_PIPELINE = re.compile(r"[a-z0-9_]+/[a-z0-9_]+")
_S3_URI = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(?P<key>[A-Za-z0-9_./=+@:-]+)")


@dataclass(frozen=True)
class RecoveryPointMessage:
    """A recovery point as its maker announces it.

    Attributes:
        run_id: Airflow's id of the run that made it.
        stamp: The run's stamp, part of every name it made.
        pipeline: `<pipeline>/<name>` of the configuration file.
        source_account_id: Account of the source and of the shared snapshot.
        source_region: Region of the source.
        source_id: Its identifier.
        source_resource_id: Its resource id, which survives renames.
        snapshot_arn: The copy in the recovery Region that is shared with the target account.
        source_time: The instant whose data the snapshot holds, UTC.
        engine: Engine name of RDS.
        engine_version: Full engine version.
        kms_key_arn: Key of the copy.
        manifest_uri: `s3://bucket/key` of the manifest.
        manifest_sha256: Its hash, hexadecimal.
    """

    run_id: str
    stamp: str
    pipeline: str
    source_account_id: str
    source_region: str
    source_id: str
    source_resource_id: str
    snapshot_arn: str
    source_time: datetime
    engine: str
    engine_version: str
    kms_key_arn: str
    manifest_uri: str
    manifest_sha256: str

    @property
    def snapshot_region(self) -> str:
        """Region of the shared copy."""
        return self.snapshot_arn.split(":")[3]

    @property
    def manifest_bucket(self) -> str:
        """Bucket of the manifest."""
        return self.manifest_uri.removeprefix("s3://").partition("/")[0]

    @property
    def manifest_key(self) -> str:
        """Key of the manifest within its bucket."""
        return self.manifest_uri.removeprefix("s3://").partition("/")[2]

    @property
    def deduplication_id(self) -> str:
        """The same for every copy of the announcement of one recovery point, 64 hexadecimal digits."""
        identity = (self.source_account_id, self.pipeline, self.run_id, self.stamp, self.snapshot_arn)
        return hashlib.sha256("|".join(identity).encode()).hexdigest()

    def to_json(self) -> str:
        """Write the body to publish; parsing it gives an equal message."""
        body = {
            **asdict(self),
            "source_time": utc_text(self.source_time),
            "schema": SCHEMA,
            "version": VERSION,
        }
        return json.dumps(body, sort_keys=True)


_FIELDS = tuple(RecoveryPointMessage.__dataclass_fields__)


def parse(body: str | bytes) -> RecoveryPointMessage:
    """Read a message, delivered raw or in the envelope of SNS.

    Raises:
        BadInput: It is malformed; the error names the first field at fault.
    """
    data = load_object("message", body, ENVELOPE_LIMIT, _REMEDY)
    if "schema" not in data and "Message" in data:
        data = _unwrap(data)
    size = len(json.dumps(data))
    if size > MESSAGE_LIMIT:
        raise BadInput("message", f"{size} bytes", f"at most {MESSAGE_LIMIT} bytes are read", _REMEDY)
    return _message(Fields("message", data, _REMEDY))


def _unwrap(envelope: dict[str, Any]) -> dict[str, Any]:
    fields = Fields("envelope", envelope, _REMEDY)
    if fields.text("Type") != "Notification":
        raise fields.refuse("Type", "only Notification carries a recovery point")
    inner = envelope["Message"]
    if not isinstance(inner, str):
        raise fields.refuse("Message", "text was expected")
    return load_object("message", inner, MESSAGE_LIMIT, _REMEDY)


def _message(fields: Fields) -> RecoveryPointMessage:
    if fields.text("schema", limit=80) != SCHEMA:
        raise fields.refuse("schema", f"{SCHEMA} was expected")
    if fields.number("version") != VERSION:
        raise fields.refuse(
            "version", f"this deployment reads version {VERSION}", "Upgrade the older deployment."
        )
    fields.only("schema", "version", *_FIELDS)
    message = RecoveryPointMessage(
        run_id=fields.text("run_id", limit=250),
        stamp=fields.text("stamp", STAMP, "it is no run stamp, yymmddHHMM-xxxxxx"),
        pipeline=fields.text("pipeline", _PIPELINE, "it is not written pipeline/name", 200),
        source_account_id=fields.text("source_account_id", untrusted.ACCOUNT, "an account id has 12 digits"),
        source_region=fields.text("source_region", untrusted.REGION, "it is no Region name"),
        source_id=fields.text("source_id", untrusted.IDENTIFIER, "it is no RDS identifier", 63),
        source_resource_id=fields.text(
            "source_resource_id", untrusted.RESOURCE_ID, "it is no resource id, cluster-... or db-..."
        ),
        snapshot_arn=fields.text(
            "snapshot_arn", untrusted.CLUSTER_SNAPSHOT_ARN, "it is no ARN of an RDS snapshot"
        ),
        source_time=fields.instant("source_time"),
        engine=fields.text("engine"),
        engine_version=fields.text("engine_version", untrusted.ENGINE_VERSION, "it is no engine version"),
        kms_key_arn=fields.text("kms_key_arn", untrusted.KEY_ARN, "it is no ARN of a KMS key"),
        manifest_uri=fields.text("manifest_uri", _S3_URI, "it is not written s3://bucket/key"),
        manifest_sha256=fields.text(
            "manifest_sha256", untrusted.SHA256, "a SHA-256 has 64 hexadecimal digits"
        ),
    )
    _agree(fields, message)
    return message


def _agree(fields: Fields, message: RecoveryPointMessage) -> None:
    """Refuse a message whose parts contradict each other."""
    if message.engine not in untrusted.ENGINES:
        raise fields.refuse("engine", f"one of {', '.join(sorted(untrusted.ENGINES))} was expected")
    snapshot = untrusted.CLUSTER_SNAPSHOT_ARN.fullmatch(message.snapshot_arn)
    key = untrusted.KEY_ARN.fullmatch(message.kms_key_arn)
    if snapshot is None or key is None:
        raise fields.refuse("snapshot_arn", "it is no ARN of an RDS snapshot")
    if snapshot["account"] != message.source_account_id:
        raise fields.refuse("snapshot_arn", f"it is not of the source account {message.source_account_id}")
    if snapshot["name"] != f"{message.source_id}-rp-{message.stamp}":
        raise fields.refuse(
            "snapshot_arn", f"{message.source_id}-rp-{message.stamp} was expected as its name"
        )
    if (snapshot["kind"] == "cluster-snapshot") != message.engine.startswith("aurora-"):
        raise fields.refuse("snapshot_arn", f"the kind of snapshot does not fit the engine {message.engine}")
    if key["region"] != snapshot["region"]:
        raise fields.refuse(
            "kms_key_arn", f"the key of a snapshot in {snapshot['region']} must be of that Region"
        )
    if key["account"] != message.source_account_id:
        raise fields.refuse("kms_key_arn", f"it is not of the source account {message.source_account_id}")
