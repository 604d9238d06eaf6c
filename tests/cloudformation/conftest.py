"""The shipped stacks, and clients of those who meet in them."""

import boto3
import pytest
from botocore.config import Config

from tests.support.stacks import WORKER, deploy


@pytest.fixture
def account(sandbox):
    """The outputs of the stack of an account, which has what all databases share."""
    return deploy(
        sandbox.client("cloudformation"), "account", "switchyard-discovery", WorkerPrincipalArn=WORKER
    )


@pytest.fixture
def orchestrator(sandbox, account):
    """Return clients of the orchestrator's role."""
    issued = sandbox.client("sts").assume_role(RoleArn=account["OrchestratorRoleArn"], RoleSessionName="run")[
        "Credentials"
    ]

    def client(service):
        return boto3.client(
            service,
            region_name="us-west-2",
            endpoint_url=sandbox.endpoint_url,
            config=Config(proxies={}),
            aws_access_key_id=issued["AccessKeyId"],
            aws_secret_access_key=issued["SecretAccessKey"],
            aws_session_token=issued["SessionToken"],
        )

    return client
