import pytest

LONG = "x" * 1025


@pytest.mark.parametrize(
    ("call", "arguments", "problem"),
    [
        (
            "update_package",
            {"CommitMessage": "x" * 161},
            "'commitMessage' .* length less than or equal to 160",
        ),
        ("update_package", {"PackageID": "bad id"}, "'packageID' .* regular expression pattern"),
        (
            "update_package",
            {"PackageDescription": LONG},
            "'packageDescription' .* less than or equal to 1024",
        ),
        ("update_package", {"PackageSource": {}}, "S3 bucket and key"),
        (
            "update_package",
            {"PackageSource": {"S3BucketName": "b" * 64, "S3Key": LONG}},
            r"2 validation errors detected: .*'packageSource\.s3BucketName'.*'packageSource\.s3Key'",
        ),
        ("get_package_version_history", {"MaxResults": 101}, "'maxResults' .* less than or equal to 100"),
        ("associate_package", {"DomainName": "x" * 29}, "'domainName' .* less than or equal to 28"),
        ("list_packages_for_domain", {"DomainName": "Products"}, "'domainName' .* pattern"),
        (
            "describe_packages",
            {"Filters": [{"Name": "PackageStatus", "Value": ["with space"]}]},
            r"'filters\.1\.member\.value\.1\.member' .* pattern",
        ),
        (
            "describe_packages",
            {"Filters": [{"Name": "Status", "Value": ["AVAILABLE"]}]},
            r"'filters\.1\.member\.name' .* enum value set",
        ),
    ],
)
def test_request_beyond_the_limits(search, refused, call, arguments, problem):
    """It should refuse what boto3 lets pass: lengths, patterns and enumerations of the service's model."""
    usual = {
        "update_package": {"PackageID": "F123456789", "PackageSource": search.place()},
        "get_package_version_history": {"PackageID": "F123456789"},
        "associate_package": {"PackageID": "F123456789"},
    }
    with refused("ValidationException", 400, problem):
        getattr(search.client, call)(**usual.get(call, {}) | arguments)


def test_longest_name_depends_on_the_api(search, refused):
    """It should take names of up to 256 characters, and of 28 in the API of 2015."""
    search.by("es").create("x" * 28)
    with refused("ValidationException", 400, "'packageName' .* less than or equal to 28"):
        search.by("es").create("y" * 29)
    search.create("y" * 256)
    with refused("ValidationException", 400, "'packageName' .* less than or equal to 256"):
        search.create("z" * 257)


@pytest.mark.parametrize("name", ["Synonyms", "1st-list", "under_score"])
def test_name_of_other_characters(search, refused, name):
    """It should refuse names that are not lower-case letters, digits and hyphens."""
    with refused("ValidationException", 400, "pattern"):
        search.create(name)


def test_type_unknown_to_the_api(search, refused):
    """It should know dictionaries only in the API of 2015."""
    with refused("ValidationException", 400, r"enum value set: \[TXT-DICTIONARY\]"):
        search.by("es").create(PackageType="ZIP-PLUGIN")


@pytest.mark.parametrize("api", ["opensearch", "es"])
def test_what_does_not_exist(search, refused, api):
    """It should answer 409, not 404, for packages and domains that are not there."""
    client = search.by(api).client
    for call, arguments in [
        (client.update_package, {"PackageID": "F123456789", "PackageSource": search.place()}),
        (client.delete_package, {"PackageID": "F123456789"}),
        (client.get_package_version_history, {"PackageID": "F123456789"}),
        (client.list_domains_for_package, {"PackageID": "F123456789"}),
        (client.associate_package, {"PackageID": "F123456789", "DomainName": "products"}),
        (client.dissociate_package, {"PackageID": "F123456789", "DomainName": "products"}),
        (client.list_packages_for_domain, {"DomainName": "products"}),
    ]:
        with refused("ResourceNotFoundException", 409):
            call(**arguments)


@pytest.mark.parametrize("api", ["opensearch", "es"])
def test_faults_and_calls_by_operation(search, refused, api):
    """It should meet faults and be logged under the name that policies use, through both APIs."""
    search.sandbox.fault("es:DescribePackages", "error", code="AccessDeniedException", status=403)
    with refused("AccessDeniedException", 403):
        search.by(api).client.describe_packages()
    [call] = search.sandbox.calls("es:DescribePackages")
    assert call["error"] == "AccessDeniedException"


def test_operation_that_is_not_done(search, refused):
    """It should say which operation it does not do."""
    with refused("NotImplemented", 501, "es:UpdatePackageScope"):
        search.client.update_package_scope(
            PackageID="F123456789", Operation="ADD", PackageUserList=["222222222222"]
        )
