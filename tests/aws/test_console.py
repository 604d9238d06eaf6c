"""Addresses of the AWS console."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from airflow.providers.amazon.aws.links.athena import AthenaQueryResultsLink
from airflow.providers.amazon.aws.links.base_aws import BaseAwsLink

from switchyard.aws import console
from switchyard.aws.console import console_url


def step(**attributes):
    return SimpleNamespace(**{"region_name": "eu-central-1"} | attributes)


@pytest.mark.parametrize(
    ("page", "attributes", "path"),
    [
        (
            console.DATABASE % "cluster_id",
            {"cluster_id": "orders", "is_cluster": "true"},
            "rds/home?region=eu-central-1#database:id=orders;is-cluster=true",
        ),
        (
            console.TOPIC,
            {"topic_arn": "arn:aws:sns:eu-central-1:111111111111:points"},
            "sns/v3/home?region=eu-central-1#/topic/arn:aws:sns:eu-central-1:111111111111:points",
        ),
        (
            console.FOLDER % ("extract[bucket]", "extract[folder]"),
            {"extract": {"bucket": "extract", "folder": "customers/"}},
            "s3/buckets/extract?region=eu-central-1&prefix=customers/",
        ),
        (
            console.FINDINGS % "job_id",
            {"job_id": "0f1e"},
            "macie/home?region=eu-central-1#findings?search=classificationDetails.jobId%3D0f1e",
        ),
    ],
)
def test_page_of_a_resource(page, attributes, path):
    """It should put the step's Region and names into the address, also those inside a section."""
    assert console_url([page], step(**attributes)) == f"https://console.aws.amazon.com/{path}"


@pytest.mark.parametrize(
    "missing", [{}, {"snapshot_id": ""}, {"snapshot_id": None}, {"snapshot_id": "{{ x }}"}]
)
def test_no_link_without_a_name(missing):
    """It should give no address that would lead nowhere: a name that is missing, empty or not rendered."""
    assert console_url([console.SNAPSHOT], step(**missing)) == ""


def test_first_page_that_fits():
    """It should pass over a page whose names the step does not have."""
    workgroup = step(warehouse={"workgroup": "etl", "cluster_id": None})
    cluster = step(warehouse={"workgroup": None, "cluster_id": "dwh"})
    pages = [console.WAREHOUSE, console.WORKGROUPS]
    assert console_url(pages, workgroup).endswith("region=eu-central-1#serverless-dashboard")
    assert console_url(pages, cluster).endswith("region=eu-central-1#cluster-details?cluster=dwh")


def test_names_cannot_leave_their_place():
    """It should quote whatever would end a name in an address."""
    assert console_url([console.SNAPSHOT], step(snapshot_id="a?b#c&d;e")).endswith("id=a%3Fb%23c%26d%3Be")


@pytest.mark.parametrize(
    ("region", "partition"), [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
def test_same_host_as_the_provider(region, partition):
    """It should lead to the console of the Region's partition, as links of the Amazon provider do."""
    host = f"https://console.{BaseAwsLink.get_aws_domain(partition)}/"
    assert console_url([console.MACIE], step(region_name=region)).startswith(host)


def test_same_query_as_the_provider():
    """It should lead to a query of Athena by the address that the Amazon provider uses."""
    wanted = AthenaQueryResultsLink().format_link(
        aws_domain="aws.amazon.com", region_name="eu-central-1", query_execution_id="0f1e"
    )
    assert console_url([console.QUERY], step(query_id="0f1e")) == wanted
