"""What worlds whose database is searched for sensitive data have in common.

One account in one Region runs the database with its DMS task, a bucket for the extract and others for what is found,
Macie with an export of its results, and Athena with a workgroup and a database for the register.
"""

from __future__ import annotations

from sandbox import programs, settings
from sandbox.client import Sandbox
from sandbox.errors import SandboxError
from sandbox.seed.worlds.place import Place, allow, found, may
from sandbox.seed.worlds.searched import (
    ACCOUNT,
    EXTRACT,
    READER,
    ROLE,
    WRITER,
    Searched,
    make_database,
    make_task,
)

REGION = "us-west-2"
FINDINGS, REGISTER, RESULTS, QUERIES = (
    f"switchyard-{name}-{ACCOUNT}-{REGION}" for name in ("findings", "register", "results", "queries")
)
GROUP = TOPIC = "switchyard-discovery"
CATALOGUE = "switchyard_discovery"
ORCHESTRATOR = "switchyard-discovery"
MACIE = f"{ROLE}aws-service-role/macie.amazonaws.com/AWSServiceRoleForAmazonMacie"


def build(sandbox: Sandbox, made: list[str], searched: Searched) -> None:
    """Create what is missing of such a world, and note it in `made`."""
    status = sandbox.status()
    if status["ports"] and (problem := programs.missing(searched.engine)):
        raise SandboxError(problem)
    place = Place(sandbox, "source", REGION, made)
    make_database(place, searched, status["ca_bundle"])
    extract_key, evidence_key = _keys(place)
    _buckets(place, extract_key, evidence_key)
    _roles(place, extract_key)
    make_task(place, searched, extract_key)
    _macie(place, evidence_key)
    _athena(place, evidence_key)
    place.topic(TOPIC, allow("sns:Publish", place.arn("sns", TOPIC), {"AWS": settings.ROLES[ACCOUNT]}))


def _keys(place: Place) -> tuple[str, str]:
    use = ["kms:Decrypt", "kms:DescribeKey"]
    extract = place.key(
        "alias/switchyard-discovery-extract",
        "Rows while they are searched; only Macie and DMS use it",
        [allow(use, "*", {"AWS": MACIE})],
    )
    service = {"Service": "macie.amazonaws.com"}
    evidence = place.key(
        "alias/switchyard-discovery-findings",
        "Findings, results and the register",
        [allow(["kms:GenerateDataKey", "kms:Encrypt"], "*", service)],
    )
    return extract, evidence


def _buckets(place: Place, extract_key: str, evidence_key: str) -> None:
    """Make private buckets under their keys, which TLS alone reaches."""
    service = {"Service": "macie.amazonaws.com"}
    results = [
        allow("s3:GetBucketLocation", f"arn:aws:s3:::{RESULTS}", service),
        allow("s3:PutObject", f"arn:aws:s3:::{RESULTS}/*", service),
    ]
    place.bucket(EXTRACT, extract_key)
    place.bucket(RESULTS, evidence_key, *results)
    for name in (FINDINGS, REGISTER, QUERIES):
        place.bucket(name, evidence_key)


def _roles(place: Place, extract_key: str) -> None:
    """Make the roles by which DMS works in networks, writes extracts and reads its logins, and the pipelines'.

    The pipelines' has no policy yet: who tries one gives it.
    """
    dms, account = {"Service": "dms.amazonaws.com"}, {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    bucket = f"arn:aws:s3:::{EXTRACT}"
    writes = [
        may(["s3:PutObject", "s3:DeleteObject", "s3:PutObjectTagging"], f"{bucket}/*"),
        may(["s3:ListBucket", "s3:GetBucketLocation"], bucket),
        may(["kms:GenerateDataKey", "kms:Encrypt", "kms:Decrypt"], extract_key),
    ]
    logins = may(["secretsmanager:GetSecretValue"], place.arn("secretsmanager", "secret:switchyard/*/dms-*"))
    place.role("dms-vpc-role", dms, [])
    place.role(WRITER, dms, writes)
    place.role(READER, {"Service": f"dms.{REGION}.amazonaws.com"}, [logins])
    place.role(ORCHESTRATOR, account, [])
    iam = place.client("iam")
    if found(lambda: iam.get_role(RoleName=MACIE.rpartition("/")[2]), "NoSuchEntity") is None:
        iam.create_service_linked_role(AWSServiceName="macie.amazonaws.com")


def _macie(place: Place, key: str) -> None:
    """Switch Macie on, and let it export its results."""
    macie = place.client("macie2")
    if found(macie.get_macie_session, "AccessDeniedException", "ResourceNotFoundException") is None:
        macie.enable_macie(status="ENABLED")
        place.note("Macie")
    if not macie.get_classification_export_configuration().get("configuration", {}).get("s3Destination"):
        destination = {"bucketName": RESULTS, "kmsKeyArn": key}
        macie.put_classification_export_configuration(configuration={"s3Destination": destination})
        place.note("export of Macie's results")


def _athena(place: Place, key: str) -> None:
    athena, glue = place.client("athena"), place.client("glue")
    groups = {one["Name"] for one in athena.list_work_groups()["WorkGroups"]}
    if GROUP not in groups:
        encrypted = {"EncryptionOption": "SSE_KMS", "KmsKey": key}
        results = {"OutputLocation": f"s3://{QUERIES}/results/", "EncryptionConfiguration": encrypted}
        athena.create_work_group(
            Name=GROUP,
            Configuration={"EnforceWorkGroupConfiguration": True, "ResultConfiguration": results},
        )
        place.note(f"workgroup {GROUP}")
    if found(lambda: glue.get_database(Name=CATALOGUE), "EntityNotFoundException") is None:
        glue.create_database(DatabaseInput={"Name": CATALOGUE})
        place.note(f"database {CATALOGUE}")
