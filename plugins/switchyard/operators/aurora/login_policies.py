"""Keep policies for logins by IAM right across a swap: they name the new resource id beside the old one."""

from __future__ import annotations

import json
import logging
from typing import Any

from switchyard.aurora_recovery.database_policies import (
    MOST_CHARACTERS,
    admits,
    oldest_to_delete,
    size,
    with_resource_id,
)
from switchyard.errors import CheckFailed

log = logging.getLogger(__name__)


def extend(iam: Any, policy_arn: str, *, old: str, new: str) -> None:
    """Make a version of a managed policy that lists both ids the one in force; do nothing where it does already.

    Args:
        iam: boto3 client of the target account.
        policy_arn: the policy, one that a person made.
        old: resource id of what was live before; empty where nobody was, so that no user can be read from it.
        new: resource id of what is live now.

    Raises:
        CheckFailed: the policy names neither, or would become longer than IAM allows.
    """
    in_force = iam.get_policy(PolicyArn=policy_arn)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=policy_arn, VersionId=in_force)["PolicyVersion"]["Document"]
    wanted = with_resource_id(document, old=old, new=new) if old else document
    if not admits(wanted, new):
        raise CheckFailed(
            what=f"policy {policy_arn}",
            found=f"it names no database user of {old or 'a cluster that was live before'}, and none of {new}",
            remedy=f"Let it list arn:aws:rds-db:REGION:ACCOUNT:dbuser:{new}/USER, then clear this task",
        )
    if wanted == document:
        return
    if size(wanted) > MOST_CHARACTERS:
        raise CheckFailed(
            what=f"policy {policy_arn}",
            found=f"it would have {size(wanted)} characters with {new}, {MOST_CHARACTERS} fit",
            remedy="Remove the resource ids of clusters that are gone, then clear this task",
        )
    versions = iam.list_policy_versions(PolicyArn=policy_arn)["Versions"]
    superfluous = oldest_to_delete(versions)
    if superfluous is not None:
        iam.delete_policy_version(PolicyArn=policy_arn, VersionId=superfluous)
    log.info("%s lists %s beside %s", policy_arn, new, old)
    iam.create_policy_version(PolicyArn=policy_arn, PolicyDocument=json.dumps(wanted), SetAsDefault=True)
