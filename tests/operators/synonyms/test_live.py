"""What is live, found from AWS alone."""

from __future__ import annotations

import time

import pytest

from switchyard.operators.synonyms.live import find_live
from switchyard.operators.synonyms.packages import find_package, history
from switchyard.operators.synonyms.releases import Release
from tests.support.release_world import DOMAIN, FIRST, PACKAGE, SECOND, STAMP, digest

SECOND_DOMAIN = "products-b"


@pytest.fixture
def two_domains(package):
    """Two domains with the package at v1."""
    package.domain(SECOND_DOMAIN)
    package.associate(SECOND_DOMAIN)
    for domain in (DOMAIN, SECOND_DOMAIN):
        settle(package, "v1", domain)
    return package


def settle(world, version, domain):
    while world.look_at_domain(domain) != ("ACTIVE", version):
        time.sleep(0.02)


def update(world, text, version):
    world.update_package(text)
    while world.look() != ("AVAILABLE", version):
        time.sleep(0.02)


def look(world, *domains):
    return find_live(world.opensearch, find_package(world.opensearch, PACKAGE), domains or (DOMAIN,))


def test_a_version_without_a_hash_is_not_ours(two_domains):
    """It should know the version and nothing of its content."""
    live = look(two_domains)
    assert (live.version, live.sha256, live.package_version) == ("v1", "", "v1")
    assert live.settled
    assert not live.is_all("")
    assert not live.is_all(digest(FIRST))


def test_the_first_version_may_be_described(world):
    """It should read of a package's first version in its description, where no message can stand."""
    world.publish(FIRST)
    release = Release(digest(FIRST), 1, STAMP)
    source = {
        "S3BucketName": "switchyard-search-111111111111",
        "S3Key": f"synonyms/products/{digest(FIRST)}.txt",
    }
    answer = world.opensearch.create_package(
        PackageName=PACKAGE,
        PackageType="TXT-DICTIONARY",
        PackageSource=source,
        PackageDescription=release.message,
    )
    world.package_id = answer["PackageDetails"]["PackageID"]
    world.domain()
    world.associate()
    settle(world, "v1", DOMAIN)
    assert look(world).release == release
    assert look(world).is_all(digest(FIRST))


def test_domains_on_different_versions_are_not_settled(two_domains):
    """It should compare with the older one, and not take the newer for all."""
    world = two_domains
    update(world, FIRST, "v2")
    for domain in (DOMAIN, SECOND_DOMAIN):
        world.associate(domain)
        settle(world, "v2", domain)
    assert look(world, DOMAIN, SECOND_DOMAIN).is_all(digest(FIRST))

    update(world, SECOND, "v3")
    world.associate(SECOND_DOMAIN)
    settle(world, "v3", SECOND_DOMAIN)

    live = look(world, DOMAIN, SECOND_DOMAIN)
    assert (live.version, live.sha256, live.package_sha256) == ("v2", digest(FIRST), digest(SECOND))
    assert live.versions == {DOMAIN: "v2", SECOND_DOMAIN: "v3"}
    assert not live.settled
    assert not live.is_all(digest(SECOND))


def test_ten_versions_are_told_apart_by_their_age(two_domains):
    """It should not take v10 for older than v9."""
    world = two_domains
    for number in range(2, 10):
        update(world, f"a, b{number}\n", f"v{number}")
    world.associate(DOMAIN)
    settle(world, "v9", DOMAIN)
    update(world, SECOND, "v10")
    world.associate(SECOND_DOMAIN)
    settle(world, "v10", SECOND_DOMAIN)
    assert look(world, DOMAIN, SECOND_DOMAIN).version == "v9"
    assert list(history(world.opensearch, world.package_id)) == [f"v{number}" for number in range(1, 11)]


def test_a_package_that_broke_is_not_settled(two_domains):
    """It should have something to do where the newest file was refused, whatever the domains have."""
    world = two_domains
    update(world, FIRST, "v2")
    for domain in (DOMAIN, SECOND_DOMAIN):
        world.associate(domain)
        settle(world, "v2", domain)
    world.opensearch.update_package(
        PackageID=world.package_id,
        PackageSource={"S3BucketName": "switchyard-search-111111111111", "S3Key": "not-there.txt"},
    )
    while world.look()[0] != "COPY_FAILED":
        time.sleep(0.02)
    assert not look(world).is_all(digest(FIRST))
    assert look(world).sha256 == digest(FIRST)


@pytest.mark.parametrize(
    "message",
    [
        None,
        "",
        "New Version: synonyms.txt",
        f"sha256:{'a' * 63} rules=1 run={STAMP}",
        f"sha256:{'a' * 64} rules=1 run=somebody",
        f" sha256:{'a' * 64} rules=1 run={STAMP}",
        f"sha256:{'a' * 64} rules=1 run={STAMP}\n",
    ],
)
def test_messages_of_others_are_no_releases(message):
    """It should not take a message for ours that only resembles it."""
    assert Release.of_message(message) is None


def test_a_message_fits_and_is_read_back():
    """It should stay within the 160 characters that the service keeps."""
    release = Release("a" * 64, 999_999_999, STAMP)
    assert len(release.message) <= 160
    assert Release.of_message(release.message) == release
