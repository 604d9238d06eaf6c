"""The policies that docs/how-to/point-it-at-aws.md shows, against those of the sandbox."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from sandbox.seed.worlds import products
from sandbox.seed.worlds.orders import RECOVERED
from sandbox.seed.worlds.recovery import BUCKET, RECOVERY_REGION
from switchyard.aws.connections import aws_client
from switchyard.errors import NotAllowed
from tests.support.aws_connections import TARGET, connection

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "point-it-at-aws.md"
MIGRATIONS = Path(__file__).parents[2] / "plugins" / "switchyard" / "ledger" / "migrations" / "versions"


@pytest.fixture
def in_place(sandbox):
    """The statements of each policy of the worlds "orders" and "products", by the name that the page gives it."""
    sandbox.seed("orders")
    sandbox.seed("products")

    def client(service, account):
        return sandbox.client(service, account, RECOVERY_REGION)

    kms, queues = client("kms", "source"), client("sqs", "target")
    key = kms.describe_key(KeyId="alias/switchyard-recovery")["KeyMetadata"]["Arn"]
    topic = f"arn:aws:sns:{RECOVERY_REGION}:111111111111:{RECOVERED.points}"
    queue = queues.get_queue_url(QueueName=RECOVERED.points)["QueueUrl"]
    policies = {
        "key": kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"],
        "bucket": client("s3", "source").get_bucket_policy(Bucket=BUCKET)["Policy"],
        "topic": client("sns", "source").get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"],
        "queue": queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["Policy"])["Attributes"][
            "Policy"
        ],
        **of_products(sandbox),
    }
    return {name: json.loads(text)["Statement"] for name, text in policies.items()}


def of_products(sandbox):
    def client(service):
        return sandbox.client(service, "source", products.REGION)

    domain = client("opensearch").describe_domain(DomainName=products.DOMAIN)["DomainStatus"]
    return {
        "domain": domain["AccessPolicies"],
        "search-bucket": client("s3").get_bucket_policy(Bucket=products.BUCKET)["Policy"],
    }


def test_policies_are_those_of_the_sandbox(in_place):
    """It should show for every policy the statements that the sandbox was tried with."""
    blocks = re.findall(r"<!-- policy: ([\w-]+) -->\n```json\n(.*?)```", PAGE.read_text(), re.DOTALL)
    shown = {name: json.loads(text) for name, text in blocks}
    assert set(shown) == set(in_place)
    assert shown.pop("key") == in_place.pop("key")[1:], "the first statement is the owner's"
    assert shown == in_place


def test_refusal_reads_as_shown(sandbox, monkeypatch):
    """It should refuse a connection that leads to another account in the words of the page."""
    monkeypatch.setenv("AIRFLOW_CONN_AWS_ELSEWHERE", connection(sandbox.endpoint_url, TARGET["account_id"]))
    with pytest.raises(NotAllowed) as refusal:
        aws_client("sts", aws_conn_id="aws_elsewhere", region_name="us-west-2", account_id="111111111111")
    assert str(refusal.value) in PAGE.read_text()


def test_ledger_is_at_the_newest_revision():
    """It should show the revision to which the command upgrades."""
    newest = max(path.name for path in MIGRATIONS.glob("v[0-9]*.py"))[1:5]
    assert f"The ledger is at revision {newest}." in PAGE.read_text()
