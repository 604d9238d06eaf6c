"""Small JSON documents in the manifest bucket: the manifest itself and the target's acknowledgements."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from switchyard.aurora_recovery.untrusted import Fields, load_object
from switchyard.errors import BadInput
from switchyard.run_stamp import STAMP

log = logging.getLogger(__name__)

LARGEST_DOCUMENT_BYTES = 1_048_576
_ABSENT = {"NoSuchKey", "404", "NotFound"}


def document_key(prefix: str, source_id: str, snapshot_id: str) -> str:
    """Where a document about a recovery point lies in its bucket; a prefix for manifests, one for acknowledgements."""
    return f"{prefix.strip('/')}/{source_id}/{snapshot_id}.json".lstrip("/")


def write(
    s3: Any,
    bucket: str,
    key: str,
    content: bytes,
    *,
    kms_key_id: str | None,
    content_type: str = "application/json",
) -> None:
    """Store a document encrypted with a KMS key: the named one, or the bucket's own when it is None."""
    named_key = {"SSEKMSKeyId": kms_key_id} if kms_key_id else {}
    s3.put_object(
        Bucket=bucket,
        Key=key,
        Body=content,
        ContentType=content_type,
        ServerSideEncryption="aws:kms",
        **named_key,
    )


def read(s3: Any, bucket: str, key: str) -> bytes | None:
    """The bytes of a document, or None where there is none.

    Raises:
        BadInput: the object is larger than any document of ours, so it is none.
    """
    try:
        found = s3.get_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in _ABSENT:
            return None
        raise
    if found["ContentLength"] > LARGEST_DOCUMENT_BYTES:
        raise BadInput(
            field=f"s3://{bucket}/{key}",
            value=f"{found['ContentLength']} bytes",
            problem=f"larger than {LARGEST_DOCUMENT_BYTES}",
            remedy="Look who wrote it; the pipeline's own documents are a few kilobytes",
        )
    content: bytes = found["Body"].read()
    return content


def acknowledgements(s3: Any, bucket: str, prefix: str, source_id: str) -> Iterator[dict[str, Any]]:
    """All acknowledgements of the recovery points of a source: ``{"snapshot_id", "stamp", "copied_at", "proved_at"}``.

    Another account wrote them: one that is malformed confirms nothing, and a warning names it.
    """
    folder = document_key(prefix, source_id, "").removesuffix(".json")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=folder)
    keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
    for key in keys:
        try:
            found = _acknowledgement(read(s3, bucket, key))
        except BadInput as malformed:
            log.warning("Passed over s3://%s/%s: %s", bucket, key, malformed)
            continue
        if found is not None:
            yield found


def _acknowledgement(content: bytes | None) -> dict[str, Any] | None:
    if content is None:
        return None
    remedy = "Let the target account record its evidence again"
    found = load_object("acknowledgement", content, LARGEST_DOCUMENT_BYTES, remedy)
    Fields("acknowledgement", found, remedy).text("stamp", STAMP, "it is no run stamp, yymmddHHMM-xxxxxx")
    return found
