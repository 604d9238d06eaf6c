"""What must be there, and how, before rows leave the database: Macie, the extract's key, Athena.

Each check reads, and refuses with one error that names what to mend.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from botocore.exceptions import ClientError

from switchyard.aws.error_table import Disposition, disposition, error_code
from switchyard.discovery.policies import MACIES_ROLE, lets_macie_decrypt
from switchyard.errors import BadInput, CheckFailed

_DEPLOY = "Deploy deploy/cloudformation, or mend it by hand"


def require_session(macie: Any) -> None:
    """Refuse an account in which Macie is off or paused."""
    try:
        status = macie.get_macie_session()["status"]
    except ClientError as error:
        if error_code(error) not in ("AccessDeniedException", "ResourceNotFoundException"):
            raise
        status = f"not to be read: {error.response['Error'].get('Message')}"
    if status != "ENABLED":
        raise CheckFailed(
            "Macie in this account and Region",
            f"its session is {status}",
            "Enable Macie, or resume it; this pipeline never does that by itself, as others share it",
        )


def require_export(macie: Any) -> None:
    """Refuse an account that keeps no discovery results: a run without them cannot prove a column clean."""
    configured = macie.get_classification_export_configuration().get("configuration", {})
    if not configured.get("s3Destination"):
        raise CheckFailed(
            "Macie's export of discovery results",
            "it is not configured",
            "Set it with `aws macie2 put-classification-export-configuration`, or set macie.require_results to false",
        )


def require_managed(macie: Any, wanted: Collection[str]) -> None:
    """Refuse managed identifiers that Macie does not have."""
    if not wanted:
        return
    known: set[str] = set()
    answer = macie.list_managed_data_identifiers()
    known |= {one["id"] for one in answer["items"]}
    while token := answer.get("nextToken"):
        answer = macie.list_managed_data_identifiers(nextToken=token)
        known |= {one["id"] for one in answer["items"]}
    if lost := sorted(set(wanted) - known):
        raise BadInput(
            "macie.managed_ids", ", ".join(lost), "Macie has no such identifier", "Correct the ids"
        )


def require_allow_lists(macie: Any, wanted: Collection[str]) -> None:
    """Refuse allow lists that are not there, or that Macie cannot read."""
    for one in wanted:
        try:
            status = macie.get_allow_list(id=one).get("status") or {}
        except ClientError as error:
            if disposition(error) is not Disposition.ABSENT:
                raise
            status = {"code": "not there"}
        if status.get("code") != "OK":
            raise BadInput(
                "macie.allow_list_ids",
                one,
                f"the list is {status.get('code')} {status.get('description', '')}".strip(),
                "Correct the id, or let Macie read the list",
            )


def key_arn(kms: Any, key_id: str) -> str:
    """The ARN of a key that is enabled."""
    try:
        key = kms.describe_key(KeyId=key_id)["KeyMetadata"]
    except ClientError as error:
        if disposition(error) is not Disposition.ABSENT:
            raise
        raise BadInput("extract.kms_key_id", key_id, "there is no such key", _DEPLOY) from error
    if key["KeyState"] != "Enabled":
        raise BadInput("extract.kms_key_id", key_id, f"the key is {key['KeyState']}", "Enable it")
    return str(key["Arn"])


def require_key_for_macie(kms: Any, key_arn: str, account_id: str) -> None:
    """Refuse a key that Macie may not use: its job would end well, having read nothing."""
    policy = kms.get_key_policy(KeyId=key_arn, PolicyName="default")["Policy"]
    if not lets_macie_decrypt(policy, account_id):
        raise CheckFailed(
            f"policy of key {key_arn}",
            f"it does not let Macie's role {MACIES_ROLE} decrypt, so that Macie would be blind",
            _DEPLOY,
        )


def require_workgroup(athena: Any, name: str) -> None:
    """Refuse a workgroup that is off, or leaves it to its users whether results are encrypted."""
    try:
        group = athena.get_work_group(WorkGroup=name)["WorkGroup"]
    except ClientError as error:
        if error_code(error) not in ("InvalidRequestException", "ResourceNotFoundException"):
            raise
        raise BadInput("athena.workgroup", name, "there is no such workgroup", _DEPLOY) from error
    settings = group.get("Configuration", {})
    results = settings.get("ResultConfiguration") or {}
    problems = {
        f"it is {group.get('State')}": group.get("State") != "ENABLED",
        "it does not enforce its settings": not settings.get("EnforceWorkGroupConfiguration"),
        "it has no place for results": not results.get("OutputLocation"),
        "it does not encrypt results": not results.get("EncryptionConfiguration"),
    }
    for problem, holds in problems.items():
        if holds:
            raise BadInput("athena.workgroup", name, problem, _DEPLOY)
