import re

import pytest


def test_import_is_copied_and_validated_first(search, stand_still):
    """It should be COPYING, VALIDATING and then AVAILABLE, with a version only at the end."""
    clock = stand_still("package.copy", "package.validate")
    package = search.create(PackageDescription="Words for the same")
    assert search.look(package) == ("COPYING", None)
    clock.advance(100)
    assert search.look(package) == ("VALIDATING", None)
    clock.advance(100)
    found = search.show(package)
    assert (found["PackageStatus"], found["AvailablePackageVersion"]) == ("AVAILABLE", "v1")
    assert found["PackageDescription"] == "Words for the same"
    assert (found["LastUpdatedAt"] - found["CreatedAt"]).total_seconds() == 200


def test_package_is_known_by_an_id(search):
    """It should give each package an id of F and nine digits."""
    assert all(re.fullmatch(r"F\d{9}", search.create(name)) for name in ("one-list", "other-list"))


def test_update_does_not_show_at_first(search, stand_still):
    """It should show AVAILABLE and the old version right after an update, before anything else."""
    package = search.create()
    clock = stand_still("package.update.invisible", "package.copy", "package.validate")
    answer = search.update(package)
    assert (answer["PackageStatus"], answer["AvailablePackageVersion"]) == ("AVAILABLE", "v1")
    seen = [search.look(package)]
    for _ in range(3):
        clock.advance(100)
        seen.append(search.look(package))
    assert seen == [("AVAILABLE", "v1"), ("COPYING", "v1"), ("VALIDATING", "v1"), ("AVAILABLE", "v2")]


@pytest.mark.parametrize(
    ("order", "between"),
    [("status-first", ("AVAILABLE", "v1")), ("version-first", ("VALIDATING", "v2"))],
)
def test_status_and_version_change_one_after_the_other(search, stand_still, order, between):
    """It should change the status or the version first, as chosen, and the other one later."""
    search.sandbox.choose(package_order=order)
    package = search.create()
    clock = stand_still("package.update.settle")
    search.update(package)
    assert search.look(package) == between
    clock.advance(100)
    assert search.look(package) == ("AVAILABLE", "v2")


@pytest.mark.parametrize("order", ["status-first", "version-first"])
def test_history_has_a_version_when_it_shows(search, stand_still, order):
    """It should list a version, with its message and time, no earlier and no later than describe calls show it."""
    search.sandbox.choose(package_order=order)
    package = search.create()
    clock = stand_still("package.update.invisible", "package.copy", "package.update.settle")
    search.update(package, CommitMessage="sha256:00 rules=1")
    for _ in range(3):
        newest = search.history(package)[0]
        assert newest["PackageVersion"] == search.look(package)[1]
        clock.advance(100)
    [newest, first] = search.history(package)
    assert (newest["PackageVersion"], newest["CommitMessage"]) == ("v2", "sha256:00 rules=1")
    assert (first["PackageVersion"], "CommitMessage" in first) == ("v1", False)
    assert newest["CreatedAt"] > first["CreatedAt"]


def test_order_of_the_history(search):
    """It should list the newest version first, or the oldest where that is chosen."""
    package = search.create()
    search.update(package)
    assert [one["PackageVersion"] for one in search.history(package)] == ["v2", "v1"]
    search.sandbox.choose(package_history="oldest-first")
    assert [one["PackageVersion"] for one in search.history(package)] == ["v1", "v2"]


def test_same_bytes_make_another_version(search):
    """It should count a version for every update, whatever the file holds."""
    package = search.create()
    search.update(package, "same\n")
    search.update(package, "same\n")
    assert search.look(package) == ("AVAILABLE", "v3")


def test_one_update_at_a_time(search, stand_still, refused):
    """It should refuse an update while another is under way, even where describe calls do not show that yet."""
    package = search.create()
    clock = stand_still("package.update.invisible", "package.copy", "package.update.settle")
    search.update(package)
    for _ in range(3):
        with refused("ValidationException", 400, "being changed"):
            search.update(package)
        clock.advance(100)
    search.update(package)


def test_answer_that_is_lost(search, stand_still, refused):
    """It should have begun an update whose answer never came, so that boto3's own retry is refused."""
    package, source = search.create(), search.store()
    clock = stand_still("package.update.invisible")
    search.sandbox.fault("es:UpdatePackage", "lost-response")
    with refused("ValidationException", 400, "being changed"):
        search.client.update_package(PackageID=package, PackageSource=source, CommitMessage="sha256:11")
    assert [call["status"] for call in search.sandbox.calls("es:UpdatePackage")] == [0, 400]
    clock.advance(100)
    assert search.look(package) == ("AVAILABLE", "v2")
    assert search.history(package)[0]["CommitMessage"] == "sha256:11"


def test_package_is_deleted(search, stand_still, refused):
    """It should be DELETING for a while and then be unknown, and leave its name free."""
    package = search.create()
    clock = stand_still("package.delete")
    search.client.delete_package(PackageID=package)
    assert search.look(package)[0] == "DELETING"
    clock.advance(100)
    with refused("ResourceNotFoundException", 409):
        search.history(package)
    search.create()


def test_associated_package_is_not_deleted(search, refused):
    """It should refuse to delete a package that a domain has: ConflictException."""
    package = search.create()
    search.domain()
    search.associate(package)
    with refused("ConflictException", 409):
        search.client.delete_package(PackageID=package)


def test_name_in_use(search, refused):
    """It should refuse a second package of a name: ResourceAlreadyExistsException."""
    search.create()
    with refused("ResourceAlreadyExistsException", 409):
        search.create()


def test_packages_per_region(search, refused):
    """It should refuse the 26th package of an account in a Region: LimitExceededException."""
    source = search.store()
    for number in range(25):
        search.create(f"list-{number}", source=source)
    with refused("LimitExceededException", 409):
        search.create("one-too-many", source=source)


def test_packages_of_others_are_unknown(search, refused):
    """It should know packages in their own account and Region only."""
    package = search.create()
    for place in ({"account": "222222222222", "region": "us-west-2"}, {"region": "us-west-1"}):
        other = search.at(**place)
        assert other.client.describe_packages()["PackageDetailsList"] == []
        with refused("ResourceNotFoundException", 409):
            other.history(package)


def test_other_kinds_of_packages(search, refused):
    """It should say that it takes dictionaries only."""
    with refused("NotImplemented", 501):
        search.create(PackageType="ZIP-PLUGIN", EngineVersion="OpenSearch_2.17")


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ([("PackageName", "alpha", "gamma")], ["alpha", "gamma"]),
        ([("PackageStatus", "COPY_FAILED")], ["gamma"]),
        ([("PackageName", "alpha", "gamma"), ("PackageStatus", "AVAILABLE")], ["alpha"]),
        ([("PackageType", "TXT-DICTIONARY"), ("PackageOwner", "111111111111")], ["alpha", "beta", "gamma"]),
        ([("PackageName", "delta")], []),
    ],
)
def test_packages_by_filter(search, filters, names):
    """It should list the packages that have one of the values of each filter."""
    for name in ("alpha", "beta"):
        search.create(name)
    search.create("gamma", source={"S3BucketName": search.bucket, "S3Key": "missing"})
    wanted = [{"Name": name, "Value": values} for name, *values in filters]
    found = search.client.describe_packages(Filters=wanted)["PackageDetailsList"]
    assert [one["PackageName"] for one in found] == names


def test_packages_in_pages(search, refused):
    """It should hand packages out in pages that neither lose nor repeat one, also when one is deleted meanwhile."""
    ids = [search.create(f"list-{number}") for number in range(5)]
    first = search.client.describe_packages(MaxResults=2)
    search.client.delete_package(PackageID=ids[0])
    second = search.client.describe_packages(MaxResults=2, NextToken=first["NextToken"])
    third = search.client.describe_packages(MaxResults=2, NextToken=second["NextToken"])
    pages = [[one["PackageID"] for one in page["PackageDetailsList"]] for page in (first, second, third)]
    assert pages == [ids[:2], ids[2:4], ids[4:]]
    assert "NextToken" not in third
    with refused("ValidationException", 400, "pagination token"):
        search.client.describe_packages(NextToken="nonsense")


@pytest.mark.parametrize("order", ["newest-first", "oldest-first"])
def test_history_in_pages(search, order):
    """It should hand versions out in pages, in either order."""
    search.sandbox.choose(package_history=order)
    package = search.create()
    for _ in range(3):
        search.update(package)
    first = search.client.get_package_version_history(PackageID=package, MaxResults=3)
    second = search.client.get_package_version_history(
        PackageID=package, MaxResults=3, NextToken=first["NextToken"]
    )
    listed = [one["PackageVersion"] for page in (first, second) for one in page["PackageVersionHistoryList"]]
    assert listed == (["v4", "v3", "v2", "v1"] if order == "newest-first" else ["v1", "v2", "v3", "v4"])
    assert "NextToken" not in second


def test_both_apis_know_the_same_packages(search):
    """It should show the API of 2015 the same packages, without what that API has no words for."""
    package = search.create()
    old = search.by("es")
    assert old.look(package) == ("AVAILABLE", "v1")
    assert "PackageOwner" not in old.show(package)
    old.update(package, CommitMessage="by the old API")
    assert search.history(package)[0]["CommitMessage"] == "by the old API"
