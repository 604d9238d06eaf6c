import re

import pytest


def test_domain_takes_its_time_to_come(search, stand_still):
    """It should be processing and without an endpoint until it is active."""
    clock = stand_still("domain.create")
    young = search.domain()
    assert (young["Processing"], young["DomainProcessingStatus"]) == (True, "Creating")
    assert "Endpoint" not in young
    clock.advance(100)
    found = search.show_domain()
    assert (found["Processing"], found["DomainProcessingStatus"]) == (False, "Active")
    assert re.fullmatch(r"search-products-[0-9a-f]{26}\.us-west-2\.es\.amazonaws\.com", found["Endpoint"])
    assert found["EngineVersion"] == "OpenSearch_2.17"
    assert found["ARN"] == "arn:aws:es:us-west-2:111111111111:domain/products"


def test_domain_takes_its_time_to_go(search, stand_still, refused):
    """It should be deleting for a while and then be unknown, and leave its name free."""
    search.domain()
    clock = stand_still("domain.delete")
    search.client.delete_domain(DomainName="products")
    found = search.show_domain()
    assert (found["Deleted"], found["DomainProcessingStatus"]) == (True, "Deleting")
    search.client.delete_domain(DomainName="products")
    clock.advance(100)
    with refused("ResourceNotFoundException", 409):
        search.show_domain()
    search.domain()


def test_domain_in_a_vpc(search):
    """It should have its endpoint under "vpc" only."""
    search.domain(VPCOptions={"SubnetIds": ["subnet-1"]})
    found = search.show_domain()
    assert "Endpoint" not in found
    assert found["Endpoints"]["vpc"].startswith("vpc-products-")


def test_name_in_use(search, refused):
    """It should refuse a second domain of a name."""
    search.domain()
    with refused("ResourceAlreadyExistsException", 409):
        search.domain()


@pytest.mark.parametrize("name", ["a_b", "x" * 29, "Products", "1st"])
def test_name_that_is_none(search, refused, name):
    """It should refuse names that are too long or of other characters."""
    with refused("ValidationException", 400, "'domainName'"):
        search.client.create_domain(DomainName=name)


@pytest.mark.parametrize("place", [{"account": "222222222222"}, {"region": "us-west-1"}])
def test_domain_of_others_is_unknown(search, refused, place):
    """It should know a domain in its own account and Region only."""
    search.domain()
    other = search.at(**place)
    for call in (
        other.client.describe_domain,
        other.client.describe_domain_config,
        other.client.delete_domain,
    ):
        with refused("ResourceNotFoundException", 409, "Domain not found: products"):
            call(DomainName="products")
    assert other.client.list_domain_names()["DomainNames"] == []
    assert other.client.describe_domains(DomainNames=["products"])["DomainStatusList"] == []


def test_domain_in_the_words_of_both_apis(search):
    """It should show a domain of either API through the other."""
    search.domain()
    old = search.by("es").client
    found = old.describe_elasticsearch_domain(DomainName="products")["DomainStatus"]
    assert (found["ElasticsearchVersion"], found["ElasticsearchClusterConfig"]["InstanceCount"]) == (
        "OpenSearch_2.17",
        1,
    )
    old.create_elasticsearch_domain(DomainName="archive", ElasticsearchVersion="7.9")
    assert search.show_domain("archive")["EngineVersion"] == "Elasticsearch_7.9"
    [listed] = old.list_domain_names(EngineType="Elasticsearch")["DomainNames"]
    assert listed["DomainName"] == "archive"
    found = old.describe_elasticsearch_domains(DomainNames=["archive", "nothing"])["DomainStatusList"]
    assert [one["ElasticsearchVersion"] for one in found] == ["7.9"]
    config = old.describe_elasticsearch_domain_config(DomainName="archive")["DomainConfig"]
    assert config["ElasticsearchVersion"]["Options"] == "7.9"
    old.delete_elasticsearch_domain(DomainName="archive")
    assert old.list_domain_names(EngineType="Elasticsearch")["DomainNames"] == []


def test_settings_of_a_domain(search):
    """It should keep what a domain was made with, and take changes."""
    search.domain(
        DomainEndpointOptions={"EnforceHTTPS": True},
        EncryptionAtRestOptions={"Enabled": True},
        AccessPolicies='{"Statement": []}',
    )
    found = search.show_domain()
    assert found["DomainEndpointOptions"]["EnforceHTTPS"]
    assert found["EncryptionAtRestOptions"]["Enabled"]
    search.client.update_domain_config(DomainName="products", AccessPolicies='{"Statement": [1]}')
    config = search.client.describe_domain_config(DomainName="products")["DomainConfig"]
    assert config["AccessPolicies"]["Options"] == '{"Statement": [1]}'


@pytest.mark.parametrize("api", ["opensearch", "es"])
def test_tags_of_a_domain(search, refused, api):
    """It should keep tags from the creation on, and refuse those of a domain that is not there."""
    search.domain(TagList=[{"Key": "owner", "Value": "search-team"}])
    client, arn = search.by(api).client, search.show_domain()["ARN"]
    client.add_tags(ARN=arn, TagList=[{"Key": "stage", "Value": "test"}])
    client.remove_tags(ARN=arn, TagKeys=["owner"])
    assert client.list_tags(ARN=arn)["TagList"] == [{"Key": "stage", "Value": "test"}]
    with refused("ResourceNotFoundException", 409):
        client.list_tags(ARN=f"{arn}-2")
