"""Settings of the check of a live endpoint, for tests of swaps that never come to read a manifest."""

from __future__ import annotations

PIPELINE = "aurora_recovery/orders"
PROOF = {
    "pipeline": PIPELINE,
    "engine": "aurora-mysql",
    "manifest_uri": "s3://bucket/manifest.json",
    "manifest_sha256": "0" * 64,
    "overrides": {},
    "login_secret_id": "login",
    "database": None,
    "sql_checks": (),
    "deleted_rows_percent": 0.0,
    "watermark_tolerance_seconds": 0,
    "snapshot_time": "2026-02-01T00:00:00+00:00",
}
