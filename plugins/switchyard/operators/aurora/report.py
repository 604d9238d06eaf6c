"""Lay the evidence of a recovery beside the manifests, where it outlives the ledger and the target account."""

from __future__ import annotations

from typing import Any

from switchyard.aurora_recovery import report
from switchyard.ledger.connection import DEFAULT_CONN_ID
from switchyard.ledger.reading import report_ledger
from switchyard.operators.aurora import documents

FOLDER = "evidence"
"""Folder of the manifest bucket in which the target may write reports, and read nothing."""


def store_report(
    s3: Any,
    bucket: str,
    source_id: str,
    *,
    dag_id: str,
    run_id: str,
    stamp: str,
    conn_id: str = DEFAULT_CONN_ID,
) -> str:
    """Write the report of a run's recovery as page and as JSON; a repetition writes the same names again.

    Args:
        s3: a client of the target account.
        bucket: the manifest bucket, which is private and encrypts with its own key.
        source_id: what was recovered, under whose name reports are filed.
        dag_id: the DAG of the run.
        run_id: the run.
        stamp: the run's stamp, which names the report.
        conn_id: the ledger.

    Returns:
        Where the page lies, as s3://BUCKET/KEY.

    Raises:
        LedgerUnavailable: the ledger was not read.
    """
    document = report.report(*report_ledger(conn_id).recovery(run_id, dag_id))
    page = f"{FOLDER}/{source_id}/{stamp}.html"
    texts = {page: report.to_html(document), f"{FOLDER}/{source_id}/{stamp}.json": report.to_json(document)}
    for key, text in texts.items():
        kind = "text/html; charset=utf-8" if key == page else "application/json"
        documents.write(s3, bucket, key, text.encode(), kms_key_id=None, content_type=kind)
    return f"s3://{bucket}/{page}"
