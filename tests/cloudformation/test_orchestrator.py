"""The orchestrator's role of the templates, beside the policy that the pipeline was proved to need."""

import fnmatch
import json
from pathlib import Path

from tests.support.dms import REGION, SOURCE

DOCUMENTED = Path(__file__).parents[2] / "docs" / "reference" / "iam" / "sensitive_data_discovery.json"
LOGIN = f"arn:aws:secretsmanager:{REGION}:{SOURCE}:secret:switchyard/customers/login-AbCdEf"
BESIDES = {
    "rds:DescribeDBInstances": "for sources that are no clusters",
    "secretsmanager:DescribeSecret": "DMS looks at the secret under a role with the same policy",
    "macie2:GetAllowList": "for pipelines that have allow lists",
    "s3:GetBucketLocation": "Athena looks where it writes, which the sandbox's does not",
    "s3:ListBucketMultipartUploads": "Athena sends large files in parts, which the sandbox's does not",
    "s3:ListMultipartUploadParts": "as before",
    "s3:AbortMultipartUpload": "as before",
    "glue:GetDatabase": "Athena looks at the default database, which the sandbox's does not",
}
"""Actions that the templates allow on more than the policy does, and why."""


def pairs(document):
    """Return what a policy allows as (action, resource)."""
    found = set()
    for one in document["Statement"]:
        assert one["Effect"] == "Allow"
        assert "Condition" not in one
        actions, resources = (
            [one[part]] if isinstance(one[part], str) else one[part] for part in ("Action", "Resource")
        )
        found |= {(action, resource) for action in actions for resource in resources}
    return found


def covers(wide, narrow):
    return wide[0] == narrow[0] and fnmatch.fnmatchcase(narrow[1], wide[1])


def test_role_may_do_what_the_pipeline_needs_and_little_else(sandbox, account, database):
    """It should allow on the stacks' resources what the documented policy allows, and what only AWS asks for."""
    database(Name="customers", LoginSecretArn=LOGIN)
    iam, role = sandbox.client("iam"), account["OrchestratorRoleName"]
    assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
    deployed = set()
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        deployed |= pairs(iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"])
    text = DOCUMENTED.read_text()
    for placeholder, key in (("EXTRACT", "ExtractKeyArn"), ("FINDINGS", "FindingsKeyArn")):
        text = text.replace(f"KEY-OF-THE-{placeholder}", account[key].rpartition("/")[2])
    documented = pairs(json.loads(text))
    assert {
        one for one in documented if not any(covers(one, two) or covers(two, one) for two in deployed)
    } == set()
    beyond = {one for one in deployed if not any(covers(two, one) for two in documented)}
    assert {action for action, _ in beyond} == set(BESIDES)
    assert not any(account["ExtractBucketName"] in resource for _, resource in beyond)
