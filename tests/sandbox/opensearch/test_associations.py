import pytest


@pytest.fixture
def package(search):
    """A package, and a domain to associate it with."""
    search.domain()
    return search.create()


def test_association_takes_its_time(search, package, stand_still):
    """It should be ASSOCIATING without a version, then ACTIVE with the package's version and its path."""
    clock = stand_still("package.associate")
    answer = search.associate(package)
    assert answer["DomainPackageStatus"] == "ASSOCIATING"
    assert search.look_at_domain(package) == ("ASSOCIATING", None)
    clock.advance(100)
    found = search.on_domain(package)
    assert (found["DomainPackageStatus"], found["PackageVersion"]) == ("ACTIVE", "v1")
    assert found["ReferencePath"] == f"analyzers/{package}"
    assert (found["PackageName"], found["PackageType"]) == ("synonyms", "TXT-DICTIONARY")


def test_domain_stays_on_its_version(search, package):
    """It should not move a domain when a package is updated."""
    search.associate(package)
    search.update(package)
    assert search.look(package) == ("AVAILABLE", "v2")
    assert search.look_at_domain(package) == ("ACTIVE", "v1")


def test_move_does_not_show_at_first(search, package, stand_still):
    """It should show ACTIVE and the old version right after a domain is told to move."""
    search.associate(package)
    search.update(package)
    clock = stand_still("package.associate.invisible", "package.associate")
    answer = search.associate(package)
    assert (answer["DomainPackageStatus"], answer["PackageVersion"]) == ("ACTIVE", "v1")
    seen = [search.look_at_domain(package)]
    for _ in range(2):
        clock.advance(100)
        seen.append(search.look_at_domain(package))
    assert seen == [("ACTIVE", "v1"), ("ASSOCIATING", "v1"), ("ACTIVE", "v2")]


@pytest.mark.parametrize(
    ("order", "between"),
    [("status-first", ("ACTIVE", "v1")), ("version-first", ("ASSOCIATING", "v2"))],
)
def test_status_and_version_move_one_after_the_other(search, package, stand_still, order, between):
    """It should change the status or the version first, as chosen, and the other one later."""
    search.sandbox.choose(package_order=order)
    search.associate(package)
    search.update(package)
    clock = stand_still("package.associate.settle")
    search.associate(package)
    assert search.look_at_domain(package) == between
    clock.advance(100)
    assert search.look_at_domain(package) == ("ACTIVE", "v2")


def test_nothing_to_move_to(search, package, refused):
    """It should refuse to move a domain to the version that it has."""
    search.associate(package)
    with refused("ConflictException", 409, "already in desired state"):
        search.associate(package)


def test_trap_of_the_bare_status(search, package, stand_still, refused):
    """It should let a caller that trusts AVAILABLE too early keep the domain on the old version."""
    search.associate(package)
    stand_still("package.update.invisible")
    search.update(package)
    assert search.show(package)["PackageStatus"] == "AVAILABLE"
    with refused("ConflictException", 409, "already in desired state"):
        search.associate(package)
    assert search.look_at_domain(package) == ("ACTIVE", "v1")


def test_second_move_while_one_is_under_way(search, package, stand_still, refused):
    """It should call a move under way to the same version the desired state, and refuse one to another version."""
    search.associate(package)
    search.update(package)
    stand_still("package.associate.invisible")
    search.associate(package)
    with refused("ConflictException", 409, "already in desired state"):
        search.associate(package)
    search.update(package)
    assert search.look(package) == ("AVAILABLE", "v3")
    with refused("ConflictException", 409, "is ACTIVE on domain products"):
        search.associate(package)


def test_package_that_is_not_available(search, package, stand_still, refused):
    """It should associate available packages only."""
    broken = search.create("broken", source=search.place("missing"))
    with refused("ValidationException", 400, "is COPY_FAILED"):
        search.associate(broken)
    stand_still("package.copy")
    search.update(package)
    with refused("ValidationException", 400, "is COPYING"):
        search.associate(package)


def test_domain_that_is_not_active(search, package, stand_still, refused):
    """It should associate with active domains only."""
    clock = stand_still("domain.create", "domain.delete")
    search.domain("young")
    with refused("ValidationException", 400, "is creating"):
        search.associate(package, "young")
    clock.advance(100)
    search.client.delete_domain(DomainName="young")
    with refused("ValidationException", 400, "is deleting"):
        search.associate(package, "young")


def test_domain_elsewhere_is_not_found(search, package, refused):
    """It should not find a domain of another account or Region."""
    for place in ({"account": "222222222222"}, {"region": "us-west-1"}):
        search.at(**place).domain("elsewhere")
        with refused("ResourceNotFoundException", 409, "Domain not found: elsewhere"):
            search.associate(package, "elsewhere")


def test_packages_per_domain(search, refused):
    """It should refuse the 21st package of a domain."""
    search.domain()
    source = search.store()
    ids = [search.create(f"list-{number}", source=source) for number in range(21)]
    for package in ids[:20]:
        search.associate(package)
    with refused("ValidationException", 400, "more than 20 packages"):
        search.associate(ids[20])


def test_several_at_once(search, package, refused):
    """It should associate and dissociate several packages together: all of them or none."""
    other = search.create("other")

    def associate(*packages):
        wanted = [{"PackageID": one} for one in packages]
        return search.client.associate_packages(PackageList=wanted, DomainName="products")

    with refused("ResourceNotFoundException", 409):
        associate(package, "F000000000")
    assert search.on_domain(package) is None
    listed = associate(package, other)["DomainPackageDetailsList"]
    assert [one["PackageID"] for one in listed] == [package, other]
    assert search.look_at_domain(other) == ("ACTIVE", "v1")
    with refused("ResourceNotFoundException", 409):
        search.client.dissociate_packages(PackageList=[other, "F000000000"], DomainName="products")
    search.client.dissociate_packages(PackageList=[other, package], DomainName="products")
    assert search.on_domain(other) is None


def test_dissociation_takes_its_time(search, package, stand_still, refused):
    """It should be DISSOCIATING for a while, and then not be listed, nor be there to dissociate."""
    search.associate(package)
    clock = stand_still("package.dissociate")
    ended = search.client.dissociate_package(PackageID=package, DomainName="products")
    assert ended["DomainPackageDetails"]["DomainPackageStatus"] == "DISSOCIATING"
    with refused("ConflictException", 409, "is DISSOCIATING"):
        search.associate(package)
    with refused("ConflictException", 409, "is DISSOCIATING"):
        search.client.dissociate_package(PackageID=package, DomainName="products")
    clock.advance(100)
    assert search.on_domain(package) is None
    with refused("ResourceNotFoundException", 409, "is not associated"):
        search.client.dissociate_package(PackageID=package, DomainName="products")


def test_lists_in_pages(search, package):
    """It should hand out a domain's packages, and a package's domains, in pages."""
    search.domain("archive")
    others = [search.create("beta"), search.create("alpha")]
    for one in [package, *others]:
        search.associate(one)
    search.associate(package, "archive")
    names, token = [], {}
    for _ in range(3):
        page = search.client.list_packages_for_domain(DomainName="products", MaxResults=1, **token)
        [one] = page["DomainPackageDetailsList"]
        names.append(one["PackageName"])
        token = {"NextToken": page.get("NextToken")}
    assert (names, token) == (["alpha", "beta", "synonyms"], {"NextToken": None})
    first = search.client.list_domains_for_package(PackageID=package, MaxResults=1)
    second = search.client.list_domains_for_package(PackageID=package, NextToken=first["NextToken"])
    found = [one["DomainName"] for page in (first, second) for one in page["DomainPackageDetailsList"]]
    assert found == ["archive", "products"]


def test_deleted_domain_has_no_packages(search, package):
    """It should let a package go with its domain."""
    search.associate(package)
    search.client.delete_domain(DomainName="products")
    assert search.client.list_domains_for_package(PackageID=package)["DomainPackageDetailsList"] == []
    search.client.delete_package(PackageID=package)


@pytest.mark.parametrize("api", ["opensearch", "es"])
def test_both_apis_move_domains(search, package, api):
    """It should associate, list and dissociate through both versions of the API."""
    chosen = search.by(api)
    chosen.associate(package)
    assert chosen.look_at_domain(package) == ("ACTIVE", "v1")
    assert chosen.client.list_domains_for_package(PackageID=package)["DomainPackageDetailsList"]
    chosen.client.dissociate_package(PackageID=package, DomainName="products")
    assert chosen.on_domain(package) is None
