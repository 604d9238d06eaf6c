import pytest

from sandbox.errors import SandboxError

PLACE = {"account": "111111111111", "region": "us-west-2"}


def test_status_of_a_package_by_hand(search):
    """It should put a package into a status, by name or id, with details of a failure."""
    package = search.create()
    search.sandbox.force_status("package", "synonyms", "VALIDATION_FAILED", **PLACE)
    found = search.show(package)
    assert (found["PackageStatus"], found["ErrorDetails"]["ErrorType"]) == (
        "VALIDATION_FAILED",
        "VALIDATION_FAILED",
    )
    search.sandbox.force_status("package", package, "AVAILABLE", **PLACE)
    assert "ErrorDetails" not in search.show(package)


def test_forced_status_ends_what_is_under_way(search, stand_still):
    """It should keep a forced status when the time of the transition comes, and take another update."""
    package = search.create()
    clock = stand_still("package.copy")
    search.update(package)
    search.sandbox.force_status("package", package, "COPY_FAILED", **PLACE)
    clock.advance(100)
    assert search.look(package) == ("COPY_FAILED", "v1")
    search.update(package)


@pytest.mark.parametrize("again", ["associate", "leave"])
def test_association_that_failed_by_hand(search, again):
    """It should let a failed association be tried again or ended."""
    package = search.create()
    search.domain()
    search.associate(package)
    search.update(package)
    search.associate(package)
    search.sandbox.force_status("domain_package", f"products:{package}", "ASSOCIATION_FAILED", **PLACE)
    found = search.on_domain(package)
    assert (found["DomainPackageStatus"], found["ErrorDetails"]["ErrorType"]) == (
        "ASSOCIATION_FAILED",
        "ASSOCIATION_FAILED",
    )
    if again == "associate":
        search.associate(package)
        assert search.look_at_domain(package) == ("ACTIVE", "v2")
        assert "ErrorDetails" not in search.on_domain(package)
    else:
        search.client.dissociate_package(PackageID=package, DomainName="products")
        assert search.on_domain(package) is None


def test_what_cannot_be_forced(search):
    """It should say what is not there, and which statuses and kinds there are."""
    for identifier in ("products:F123456789", "products"):
        with pytest.raises(SandboxError, match=f"no domain_package {identifier}"):
            search.sandbox.force_status("domain_package", identifier, "ACTIVE", **PLACE)
    with pytest.raises(SandboxError, match="status is ACTIVE: choose one of COPYING, COPY_FAILED"):
        search.sandbox.force_status("package", "synonyms", "ACTIVE", **PLACE)
    with pytest.raises(SandboxError, match=r"kind is domain: choose one of .*package, domain_package"):
        search.sandbox.force_status("domain", "products", "Active", **PLACE)


def test_choices_end_with_a_reset(search):
    """It should know its choices only, make all or none, and return to the first of each at a reset."""
    before = search.sandbox.status()["behaviour"]
    with pytest.raises(SandboxError, match="package_order cannot be 'random': choose one of status-first"):
        search.sandbox.choose(package_history="oldest-first", package_order="random")
    with pytest.raises(SandboxError, match=r"unknown behaviour 'package_color': known are .*package_order"):
        search.sandbox.choose(package_color="blue")
    assert search.sandbox.status()["behaviour"] == before
    assert search.sandbox.choose(package_order="version-first")["package_order"] == "version-first"
    search.sandbox.reset()
    assert search.sandbox.status()["behaviour"] == before
