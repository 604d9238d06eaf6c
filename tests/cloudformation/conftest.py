"""The shipped stacks, and clients of those who meet in them."""

from dataclasses import dataclass

import boto3
import pytest
from botocore.config import Config

from tests.support.dms import REGION, SOURCE
from tests.support.stacks import WORKER, deploy

SECRET = f"arn:aws:secretsmanager:{REGION}:{SOURCE}:secret:login-AbCdEf"


@pytest.fixture
def account(sandbox):
    """The outputs of the stack of an account, which has what all databases share."""
    return deploy(
        sandbox.client("cloudformation"),
        "account",
        "switchyard-discovery",
        WorkerPrincipalArn=WORKER,
        AlertTopicArn=f"arn:aws:sns:{REGION}:{SOURCE}:switchyard-discovery",
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


@dataclass(frozen=True)
class Network:
    """The default network of the account."""

    vpc: str
    subnets: str


@pytest.fixture
def network(sandbox):
    ec2 = sandbox.client("ec2")
    subnets = ec2.describe_subnets()["Subnets"]
    return Network(subnets[0]["VpcId"], ",".join(subnet["SubnetId"] for subnet in subnets[:2]))


@pytest.fixture
def certificate(sandbox, data_plane):
    """Import the authority of the sandbox's databases into DMS."""
    pem = data_plane.authority.ca_bundle.read_text()
    made = sandbox.client("dms").import_certificate(CertificateIdentifier="authority", CertificatePem=pem)
    return made["Certificate"]["CertificateArn"]


@pytest.fixture
def database(sandbox, account, network, certificate):
    """Make the stack of a database."""

    def make(**parameters: str) -> dict[str, str]:
        wanted = {
            "Name": "people",
            "SchemaName": "shop",
            "LoginSecretArn": SECRET,
            "CertificateArn": certificate,
            "VpcId": network.vpc,
            "SubnetIds": network.subnets,
            "DatabaseCidr": "10.0.0.0/16",
        }
        return deploy(
            sandbox.client("cloudformation"), "database", "switchyard-people", **wanted | parameters
        )

    return make
