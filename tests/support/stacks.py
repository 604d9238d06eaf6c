"""The shipped CloudFormation templates, and stacks made of them."""

from pathlib import Path
from typing import Any

TEMPLATES = Path(__file__).parents[2] / "deploy" / "cloudformation" / "sensitive_data_discovery"
MACIE = "arn:aws:iam::111111111111:role/aws-service-role/macie.amazonaws.com/AWSServiceRoleForAmazonMacie"
WORKER = "arn:aws:iam::111111111111:role/airflow-worker"


def deploy(stacks: Any, template: str | Path, name: str, **parameters: str) -> dict[str, str]:
    """Make a stack of a template, as text or by name, and return its outputs."""
    body = (TEMPLATES / f"{template}.yaml").read_text() if "\n" not in str(template) else str(template)
    given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
    stacks.create_stack(
        StackName=name, TemplateBody=body, Parameters=given, Capabilities=["CAPABILITY_NAMED_IAM"]
    )
    [stack] = stacks.describe_stacks(StackName=name)["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
