"""What the source account learns of a recovery, whatever becomes of the ledger."""

from __future__ import annotations

import json
from datetime import timedelta
from types import SimpleNamespace

import pytest

from switchyard.errors import BadInput
from switchyard.operators.aurora.evidence import RecordEvidenceOperator
from tests.support.aws_connections import TARGET
from tests.support.control_plane import new_context, run_step

BUCKET = "acknowledgements-222222222222"
STAMP, POINT = "2602010000-0a1b2c", "orders-rp-2602010000-0a1b2c"
CHECKED = {"checks": [], "checked_at": "2026-02-01T02:00:00+00:00"}


def test_a_lost_ledger_does_not_keep_the_source_from_its_acknowledgement(accounts):
    """It should end red, and yet say what was copied and proved: the source deletes nothing before it hears so."""
    target = accounts.target
    target.cluster()
    target.snapshot(POINT)
    s3 = target.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": target.region})
    operator = RecordEvidenceOperator(
        task_id="record_evidence",
        pipeline="aurora_recovery/orders",
        stamp="2602010100-ffffff",
        live_id="orders",
        source_id="orders",
        accepted={
            "snapshot_arn": f"arn:aws:rds:us-west-1:111111111111:cluster-snapshot:{POINT}",
            "snapshot_id": POINT,
            "snapshot_stamp": STAMP,
            "source_time": "2026-02-01T00:00:00+00:00",
            "accepted_at": "2026-02-01T01:00:00+00:00",
            "mode": "swap",
            "as_of": "",
            "instance_class": "",
        },
        restored={},
        candidate=CHECKED,
        swapped={},
        live=CHECKED,
        retired={},
        approvals={},
        configured_mode="swap",
        rpo_minutes=60,
        rto_minutes=60,
        bucket=BUCKET,
        acknowledgements_prefix="acknowledgements",
        ledger_conn_id="no_such_ledger",
        timeout=timedelta(minutes=1),
        poll_interval=0.05,
        **TARGET,
    )
    context = new_context() | {
        "dag_run": SimpleNamespace(dag_id="recovery_restore__orders", run_id="manual__1")
    }
    context["ti"].get_task_states = lambda **_: {}
    with pytest.raises(BadInput, match="no_such_ledger"):
        run_step(operator, context)
    found = s3.get_object(Bucket=BUCKET, Key=f"acknowledgements/orders/{POINT}.json")["Body"].read()
    assert json.loads(found)["proved_at"] == CHECKED["checked_at"]
    proved = {tag["Key"]: tag["Value"] for tag in target.show_snapshot(POINT)["TagList"]}
    assert proved["switchyard:proved"] == "2602010100-ffffff"
