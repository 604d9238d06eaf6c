"""What worlds whose database a warehouse reads live have in common.

One account in one Region runs the database, a Redshift workgroup and a Redshift cluster over it, a bucket with a
database of the Glue catalogue for what is published, and an Athena workgroup that reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from sandbox import programs, settings
from sandbox.client import Sandbox
from sandbox.errors import SandboxError
from sandbox.seed.tpcds import EngineName
from sandbox.seed.tpcds.rows import generated
from sandbox.seed.worlds import archive, warehouse
from sandbox.seed.worlds.federated_source import SCALE, Source, fill, make_cluster
from sandbox.seed.worlds.place import Place, allow, found, may

ACCOUNT = settings.ACCOUNTS["source"]
REGION = "us-west-2"
LAKE = f"switchyard-lake-{ACCOUNT}-{REGION}"
QUERIES = f"switchyard-lake-queries-{ACCOUNT}-{REGION}"
CATALOGUE = "retail_lake"
GROUP = "switchyard-lake"
TOPIC = "switchyard-federated-loads"
FEDERATED_ROLE = "switchyard-warehouse-federated"
LAKE_ROLE = "switchyard-warehouse-lake"
ORCHESTRATOR = "switchyard-federated-loads"
LOADER = f"IAMR:{settings.ROLES[ACCOUNT].rpartition('/')[2]}"
"""The user of the warehouse that the pipelines' role is."""

EXTERNAL: Mapping[EngineName, str] = {"mysql": "retail_mysql", "postgres": "retail_postgres"}
"""External schemas over the sources, as the shipped pipelines name them; that of the lake is `CATALOGUE`."""


def role_arn(name: str) -> str:
    """The ARN of one of the account's roles."""
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def build(sandbox: Sandbox, made: list[str], source: Source) -> None:
    """Create what is missing of such a world, and note it in `made`."""
    status = sandbox.status()
    if status["ports"] and (problem := programs.missing(source.engine)):
        raise SandboxError(problem)
    place = Place(sandbox, "source", REGION, made)
    with ThreadPoolExecutor(max_workers=1) as pool:
        rows = pool.submit(generated, SCALE) if status["ports"] else None
        cluster = make_cluster(place, source)
        lake_key = place.key("alias/switchyard-lake", "What the warehouse publishes")
        for bucket in (LAKE, QUERIES):
            place.bucket(bucket, lake_key)
        _roles(place, lake_key)
        _catalogue(place, lake_key)
        warehouse.make(place, [role_arn(FEDERATED_ROLE), role_arn(LAKE_ROLE)], LOADER)
        place.topic(TOPIC, allow("sns:Publish", place.arn("sns", TOPIC), {"AWS": settings.ROLES[ACCOUNT]}))
        if rows:
            archive.make(place, LAKE, CATALOGUE, rows.result())
            fill(cluster, source, status["ca_bundle"])


def _roles(place: Place, lake_key: str) -> None:
    """Make the roles by which the warehouse reads its logins, and the lake, and the pipelines'.

    The pipelines' has no policy yet: who tries one gives it.
    """
    redshift = {"Service": ["redshift.amazonaws.com", "redshift-serverless.amazonaws.com"]}
    bucket = f"arn:aws:s3:::{LAKE}"
    login = ("GetSecretValue", "DescribeSecret", "GetResourcePolicy", "ListSecretVersionIds")
    tables = ("GetDatabase", "GetTable", "GetTables", "CreateTable", "UpdateTable", "DeleteTable")
    partitions = (
        "GetPartition",
        "GetPartitions",
        "BatchCreatePartition",
        "CreatePartition",
        "UpdatePartition",
        "DeletePartition",
    )
    federated = may(
        [f"secretsmanager:{one}" for one in login],
        place.arn("secretsmanager", "secret:switchyard/*/warehouse-*"),
    )
    lake = [
        may(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], f"{bucket}/*"),
        may(["s3:ListBucket", "s3:GetBucketLocation"], bucket),
        may(["kms:GenerateDataKey", "kms:Decrypt"], lake_key),
        may(
            [f"glue:{one}" for one in (*tables, *partitions)],
            place.arn("glue", "catalog"),
            place.arn("glue", f"database/{CATALOGUE}"),
            place.arn("glue", f"table/{CATALOGUE}/*"),
        ),
    ]
    place.role(FEDERATED_ROLE, redshift, [federated])
    place.role(LAKE_ROLE, redshift, lake)
    place.role(ORCHESTRATOR, {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, [])


def _catalogue(place: Place, lake_key: str) -> None:
    athena, glue = place.client("athena"), place.client("glue")
    if found(lambda: glue.get_database(Name=CATALOGUE), "EntityNotFoundException") is None:
        glue.create_database(DatabaseInput={"Name": CATALOGUE})
        place.note(f"database {CATALOGUE}")
    if GROUP not in {one["Name"] for one in athena.list_work_groups()["WorkGroups"]}:
        encrypted = {"EncryptionOption": "SSE_KMS", "KmsKey": lake_key}
        results = {"OutputLocation": f"s3://{QUERIES}/results/", "EncryptionConfiguration": encrypted}
        athena.create_work_group(
            Name=GROUP,
            Configuration={"EnforceWorkGroupConfiguration": True, "ResultConfiguration": results},
        )
        place.note(f"workgroup {GROUP}")
