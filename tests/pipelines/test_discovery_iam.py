"""The shipped policy of the discovery's role, enforced by the sandbox: it is enough, not too much, and reads no row."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.seed.worlds import customers
from sandbox.seed.worlds.discovery import ORCHESTRATOR
from switchyard.run_stamp import run_stamp
from tests.support import athena
from tests.support.aws_connections import SOURCE
from tests.support.dag_runner import TaskFailed
from tests.support.discovery import FEW_TABLES, Discovery
from tests.support.kill_points import KillPoints
from tests.support.least_privilege import Role as GivenRole
from tests.support.least_privilege import require_least_privilege, shipped

POLICY = "sensitive_data_discovery"
KEYS = {
    "KEY-OF-THE-EXTRACT": "alias/switchyard-discovery-extract",
    "KEY-OF-THE-FINDINGS": "alias/switchyard-discovery-findings",
}
ARN = f"arn:aws:iam::{SOURCE['account_id']}:role/{ORCHESTRATOR}"
UNSEEN = {
    "LookAtDms: dms:DescribeCertificates": "for a source endpoint with a certificate",
    "KeepTheCatalogue: glue:CreatePartition": "Athena may register a partition by this call or by BatchCreatePartition",
    "KeepTheCatalogue: glue:GetPartition": "Athena may look a single partition up",
    "SearchWithMacie: macie2:ListManagedDataIdentifiers": "where managed_ids are configured",
    "ListEvidence: arn:aws:s3:::switchyard-queries-111111111111-us-west-2": (
        "Athena lists the place of its results with its caller's permissions, the sandbox's does not"
    ),
    "PurgeTheExtract: s3:DeleteObjectVersion": "where somebody has turned on the versions of the extract's bucket",
}
"""Actions without occasion in the sandbox, with the reason why the policy has them all the same."""
UNFINISHED = {
    "after load_extract dms StartReplicationTask": {"replication-task.start": 600.0},
    "after classify_extract macie2 CreateClassificationJob": {"classification-job.run": 600.0},
    "after publish_register athena StartQueryExecution": {"query.run": 600.0},
}
"""Where a run is killed, and what AWS is made to take so long for that the run's last step finds it unfinished."""


@dataclass
class Role(GivenRole):
    """The pipeline's role with the shipped policy, which the connection of the runs assumes."""

    discovery: Discovery


@pytest.fixture
def role(make_discovery: Callable[..., Discovery], monkeypatch: pytest.MonkeyPatch) -> Role:
    """Give the world's role the shipped policy and nothing else, and enforce it."""
    discovery = make_discovery(tables=FEW_TABLES)
    kms = discovery.client("kms")
    names = {shown: kms.describe_key(KeyId=alias)["KeyMetadata"]["KeyId"] for shown, alias in KEYS.items()}
    given = Role(discovery.sandbox, ARN, shipped(POLICY, names), discovery)
    connection = json.loads(os.environ["AIRFLOW_CONN_AWS_SOURCE"])
    connection["extra"]["role_arn"] = ARN
    monkeypatch.setenv("AIRFLOW_CONN_AWS_SOURCE", json.dumps(connection))
    discovery.sandbox.choose(iam_policies="enforced")
    return given


@pytest.mark.timeout(300)
def test_policy_is_enough_and_not_too_much(role: Role) -> None:
    """It should let whole and broken runs do all they do, and need each action and each statement for it."""
    discovery = role.discovery
    for number, (point, slow) in enumerate(UNFINISHED.items()):
        discovery.sandbox.durations(profile="instant", override=slow)
        points = KillPoints(discovery.folder / f"killed-{number}", only=point)
        run = discovery.runner(before_try=points.install, goes_on=False)
        with pytest.raises(TaskFailed, match="killed"):
            run.run()
        assert run.states["purge_extract"] == "success"
    upload = discovery.client("s3").create_multipart_upload(Bucket=customers.EXTRACT, Key="customers/rows")
    discovery.sandbox.durations(profile="instant")
    whole = discovery.run()
    assert whole.states["purge_extract"] == "success"
    [published] = [
        key
        for key in discovery.keys(customers.REGISTER)
        if run_stamp(whole.dag.dag_id, whole.run_id, whole.run_after) in key
    ]
    spoilt = {"Bucket": customers.REGISTER, "CopySource": f"{customers.REGISTER}/{published}"}
    discovery.client("s3").copy_object(Key=f"{published}-again", **spoilt)
    forget_column(discovery.client("glue"), "scan_coverage", "searched_at")
    assert whole.run_task("publish_register").state == "success"
    left = discovery.client("s3").list_multipart_uploads(Bucket=customers.EXTRACT).get("Uploads", [])
    assert upload["UploadId"] not in [one["UploadId"] for one in left]

    require_least_privilege(role, POLICY, UNSEEN)


def forget_column(glue: Any, name: str, column: str) -> None:
    """Make a table one of an earlier release."""
    place = {"DatabaseName": customers.CATALOGUE}
    storage = glue.get_table(**place, Name=name)["Table"]["StorageDescriptor"]
    columns = [one for one in storage["Columns"] if one["Name"] != column]
    described = {"Name": name, "TableType": "EXTERNAL_TABLE"}
    glue.update_table(**place, TableInput=described | {"StorageDescriptor": storage | {"Columns": columns}})


EXTRACTED = {"Bucket": customers.EXTRACT, "Key": "customers/sakila/staff/LOAD00000001.parquet"}
COPIED = {"Bucket": customers.FINDINGS, "Key": "findings/copy", "CopySource": EXTRACTED}


def read_version(s3: Any, version: str) -> Any:
    return s3.get_object(**EXTRACTED, VersionId=version)


def copy_part(s3: Any, _version: str) -> Any:
    upload = s3.create_multipart_upload(Bucket=customers.FINDINGS, Key="findings/parts")["UploadId"]
    return s3.upload_part_copy(
        Bucket=customers.FINDINGS,
        Key="findings/parts",
        UploadId=upload,
        PartNumber=1,
        CopySource=EXTRACTED,
    )


WAYS: dict[str, Callable[[Any, str], Any]] = {
    "read": lambda s3, _: s3.get_object(**EXTRACTED),
    "read a version": read_version,
    "look": lambda s3, _: s3.head_object(**EXTRACTED),
    "look at attributes": lambda s3, _: s3.get_object_attributes(**EXTRACTED, ObjectAttributes=["ETag"]),
    "copy": lambda s3, _: s3.copy_object(**COPIED),
    "copy a version": lambda s3, one: s3.copy_object(
        **COPIED | {"CopySource": EXTRACTED | {"VersionId": one}}
    ),
    "copy a part": copy_part,
    "write": lambda s3, _: s3.put_object(**EXTRACTED, Body=b""),
    "open the bucket": lambda s3, _: s3.put_bucket_policy(Bucket=customers.EXTRACT, Policy="{}"),
}
REFUSED = r"AccessDenied|403|Forbidden"


@pytest.mark.timeout(300)
def test_role_reads_no_row_of_the_extract(role: Role) -> None:
    """It should be refused whichever way it tries: object, version, copy, statement, reveal, or a changed policy."""
    discovery = role.discovery
    admin, s3 = discovery.client("s3"), role.client("s3")
    rows = admin.put_object(**EXTRACTED, Body=b"rows")
    assert admin.get_object(**EXTRACTED)["Body"].read() == b"rows"
    listed = s3.list_objects_v2(Bucket=customers.EXTRACT, Prefix="customers/")
    assert [one["Key"] for one in listed["Contents"]] == [EXTRACTED["Key"]]
    version = rows.get("VersionId", "null")
    answers = {way: _answer(lambda attempt=attempt: attempt(s3, version)) for way, attempt in WAYS.items()}
    assert {way: answer for way, answer in answers.items() if not re.search(REFUSED, answer)} == {}
    with pytest.raises(ClientError, match=REFUSED):
        role.client("macie2").get_sensitive_data_occurrences(findingId="0")
    with pytest.raises(ClientError, match=REFUSED):
        role.client("kms").put_key_policy(KeyId=next(iter(KEYS.values())), PolicyName="default", Policy="{}")
    with pytest.raises(ClientError, match=REFUSED):
        role.client("iam").put_role_policy(RoleName=ORCHESTRATOR, PolicyName="more", PolicyDocument="{}")

    place = f"s3://{customers.EXTRACT}/customers/sakila/staff/"
    assert (
        _ask(role, f"CREATE EXTERNAL TABLE rows (email string) STORED AS PARQUET LOCATION '{place}'") is None
    )
    assert "Access Denied" in str(_ask(role, "SELECT email FROM rows"))


def _answer(attempt: Callable[[], Any]) -> str:
    try:
        return f"let in: {attempt()}"
    except ClientError as error:
        return str(error)


def _ask(role: Role, statement: str) -> str | None:
    """Let the role run a statement of Athena; why it failed."""
    where = athena.place(customers.CATALOGUE, customers.GROUP)
    status = athena.run_statement(role.client("athena"), statement, **where)["Status"]
    return None if status["State"] == "SUCCEEDED" else str(status["StateChangeReason"])
