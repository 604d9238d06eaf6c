"""Bad input that must be refused before the first write of a refresh or a bootstrap, in one sound world."""

from __future__ import annotations

import json

import pytest

from switchyard.errors import BadInput, CheckFailed, NotAllowed
from switchyard.operators.synonyms.preconditions import (
    CheckBootstrapPreconditionsOperator,
    CheckRefreshPreconditionsOperator,
)
from tests.support.control_plane import new_context, run_step
from tests.support.release_world import (
    ANALYSIS,
    BUCKET,
    DOMAIN,
    PACKAGE,
    configured,
    index_settings,
    step_settings,
)

SOURCE = {
    "aws_conn_id": "aws_source",
    "account_id": "111111111111",
    "region": "us-west-2",
    "engine": "aurora-mysql",
    "cluster_id": "catalog",
    "secret_id": "switchyard/catalog/login",
    "database": None,
    "statement": "article.sql",
    "table": "SynonymsTable",
}


@pytest.fixture
def check(shop):
    """Run the check of a refresh with some settings changed; it must change nothing, whatever it finds."""

    def run(**changed):
        settings = {
            "bucket": BUCKET,
            "package_name": PACKAGE,
            "package_id": None,
            "domains": [configured()],
            "source": SOURCE,
            "analysis": ANALYSIS,
            "bootstrap_dag_id": "synonym_bootstrap__products",
            **changed,
        }
        settings = step_settings(**settings)
        settings.pop("stamp")
        shop.changes()
        try:
            return run_step(CheckRefreshPreconditionsOperator(**settings), new_context())
        finally:
            assert not shop.changes()

    return run


@pytest.fixture
def check_first(shop):
    """Run the check of a bootstrap likewise."""

    def run(**changed):
        settings = {
            "bucket": BUCKET,
            "package_name": PACKAGE,
            "domains": [configured()],
            "source": SOURCE,
            **changed,
        }
        settings = step_settings(**settings)
        settings.pop("stamp")
        shop.changes()
        try:
            return run_step(CheckBootstrapPreconditionsOperator(**settings), new_context())
        finally:
            assert not shop.changes()

    return run


def test_a_sound_world_is_accepted(check, shop):
    """It should tell the package, where domains have it, and the columns of the rows."""
    found = check()
    assert (found["package_id"], found["reference_path"]) == (shop.package_id, shop.reference_path)
    assert found["columns"] == ["row_id", "term_1", "term_2", "term_3"]
    assert found["warnings"] == []


def test_a_bootstrap_needs_no_package(check_first):
    """It should accept a world in which the package is still to be made."""
    assert check_first(package_name="not-there-yet")["domains"] == [DOMAIN]


# The bucket.


def test_a_missing_bucket_is_named(check):
    """It should say what S3 answers."""
    with pytest.raises(
        BadInput, match=r"^store\.bucket is 'nobodys-bucket': HeadBucket answers 404\. Create it in"
    ):
        check(bucket="nobodys-bucket")


@pytest.fixture
def other_bucket(shop):
    """Make a bucket, and remove it after the test."""
    made = []

    def make(name, region="us-west-2"):
        s3 = shop.sandbox.client("s3", "source", region)
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})
        made.append((s3, name))
        return s3

    yield make
    for s3, name in made:
        s3.delete_bucket(Bucket=name)


def test_a_bucket_of_another_region_is_refused(check, other_bucket):
    """It should name both Regions."""
    other_bucket("elsewhere", "us-west-1")
    with pytest.raises(
        BadInput, match=r"^store\.bucket is 'elsewhere': it is in Region us-west-1, and a package in us-"
    ):
        check(bucket="elsewhere")


def test_a_bucket_under_a_kms_key_is_refused(check, other_bucket):
    """It should refuse default encryption that the service cannot read through."""
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    other_bucket("under-kms").put_bucket_encryption(
        Bucket="under-kms", ServerSideEncryptionConfiguration={"Rules": [rule]}
    )
    with pytest.raises(
        BadInput, match=r"its default encryption is aws:kms, .* Name a bucket with default encryption SSE"
    ):
        check(bucket="under-kms")


def test_a_public_bucket_is_refused(check, other_bucket):
    """It should refuse a bucket whose policy lets everybody read."""
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::open-to-all/*",
    }
    other_bucket("open-to-all").put_bucket_policy(
        Bucket="open-to-all", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    with pytest.raises(
        BadInput, match=r"^store\.bucket is 'open-to-all': it is public\. Block all public access"
    ):
        check(bucket="open-to-all")


def test_a_bucket_that_an_access_list_opens_is_refused(check, other_bucket):
    """It should look at access control lists too."""
    other_bucket("listed-to-all").put_bucket_acl(Bucket="listed-to-all", ACL="public-read")
    with pytest.raises(BadInput, match=r"^store\.bucket is 'listed-to-all': it is public"):
        check(bucket="listed-to-all")


# Domains and package.


@pytest.mark.parametrize("name", ["synonyms-of-the-product-search", "ab", "Products"])
def test_an_impossible_package_name_is_refused(check, name):
    """It should refuse what the service would, before it is asked."""
    with pytest.raises(BadInput, match=rf"^package\.name is '{name}': it .* Use 3 to 28"):
        check(package_name=name)


def test_an_absent_domain_is_named_with_its_place(check):
    """It should tell the account and Region in which it looked."""
    with pytest.raises(
        BadInput,
        match=r"^domains\.name is 'nobody': no such domain in account 111111111111, Region us-west-2\. Corr",
    ):
        check(domains=[configured() | {"name": "nobody"}])


def test_a_domain_of_another_region_is_absent(check):
    """It should not find the domain where the pipeline is not."""
    with pytest.raises(
        BadInput, match=r"it is in Region us-west-2, and a package in us-east-1 cannot read it"
    ):
        check(region_name="us-east-1")


def test_a_connection_to_another_account_is_refused(check):
    """It should not look at the wrong account at all."""
    with pytest.raises(
        NotAllowed, match=r"aws_source for account 333333333333: it leads to account 111111111111"
    ):
        check(account_id="333333333333")


def test_a_domain_in_a_change_is_refused(check, shop):
    """It should not begin while the domain is being changed."""
    shop.sandbox.durations({"domain.create": 60})
    shop.domain("growing")
    try:
        with pytest.raises(
            BadInput, match=r"'growing': it is being changed \(Creating\)\. Wait until that has ended"
        ):
            check(domains=[configured() | {"name": "growing"}])
    finally:
        shop.sandbox.durations({"domain.create": 0})
        shop.opensearch.delete_domain(DomainName="growing")


def test_an_absent_package_names_the_bootstrap(check):
    """It should say which DAG makes it."""
    with pytest.raises(
        BadInput,
        match=r"^package\.name is 'other-synonyms': there is no such package .* synonym_bootstrap__products once",
    ):
        check(package_name="other-synonyms")


def test_a_package_of_another_id_is_refused(check, shop):
    """It should compare the configured id with the one behind the name."""
    with pytest.raises(
        BadInput, match=rf"^package\.id is 'F999': package products-synonyms is {shop.package_id}\. "
    ):
        check(package_id="F999")


@pytest.fixture
def other_package(shop):
    """Make another package, and remove it after the test."""
    made = []

    def make(name, key):
        source = {"S3BucketName": BUCKET, "S3Key": key}
        answer = shop.opensearch.create_package(
            PackageName=name, PackageType="TXT-DICTIONARY", PackageSource=source
        )
        made.append(answer["PackageDetails"]["PackageID"])

    yield make
    for package_id in made:
        shop.opensearch.delete_package(PackageID=package_id)


def test_a_package_that_never_came_to_be_is_refused(check, other_package):
    """It should tell why the service refused its first file."""
    other_package("broken-synonyms", "not-there.txt")
    with pytest.raises(
        BadInput, match=r"its status is COPY_FAILED \(.+\), and it never had a version\. Delete the pack"
    ):
        check(package_name="broken-synonyms")


def test_a_package_that_is_not_associated_names_the_bootstrap(check, shop, other_package):
    """It should name domain and package."""
    key = next(iter(shop.keys("synonyms/")))
    other_package("lonely-synonyms", key)
    with pytest.raises(
        BadInput,
        match=r"^domains\.name is 'products': package lonely-synonyms \(F\d+\) is not associated on it\. Run the DAG",
    ):
        check(package_name="lonely-synonyms")


# Indexes.


@pytest.fixture
def other_index(shop):
    """Make an index with changed settings, and give the domain that is configured with it."""
    made = []

    def make(body, **changed):
        shop.index(body, "other", texts=())
        made.append("other")
        return [configured(name="other", **changed)]

    yield make
    for name in made:
        shop.search().write("DELETE", f"/{name}")


def settings_of(shop, **changes):
    """The body of a sound index with changes to its synonym filter."""
    body = index_settings(shop.reference_path)
    (found,) = [
        one for one in body["settings"]["index"]["analysis"]["filter"].values() if "synonyms_path" in one
    ]
    found.update(changes)
    return body


def test_an_absent_index_names_the_bootstrap(check):
    """It should name domain and index."""
    with pytest.raises(
        BadInput,
        match=r"^domains\.indexes\.name is 'people': domain products has no such index\. Run the DAG synonym_b",
    ):
        check(domains=[configured(name="people")])


def test_an_absent_field_is_named(check):
    """It should say that the index lacks the field."""
    with pytest.raises(BadInput, match=r"^field of index products is 'body': the index has no such field"):
        check(domains=[configured(fields=["title", "body"])])


def test_a_field_without_synonyms_is_refused(check, shop, other_index):
    """It should name the analyzer that has none."""
    body = index_settings(shop.reference_path)
    body["mappings"]["properties"]["title"].pop("search_analyzer")
    with pytest.raises(
        BadInput,
        match=r"^field title of index other is 'without_synonyms': this search analyzer has no synonym filter",
    ):
        check(domains=other_index(body))


def test_an_index_of_another_package_is_refused(check, shop, other_index, other_package):
    """It should compare the index's path with where the domain has the package."""
    other_package("second-synonyms", next(iter(shop.keys("synonyms/"))))
    (second,) = shop.opensearch.describe_packages(
        Filters=[{"Name": "PackageName", "Value": ["second-synonyms"]}]
    )["PackageDetailsList"]
    shop.opensearch.associate_package(PackageID=second["PackageID"], DomainName=DOMAIN)
    shop.wait_until_all_active()
    domains = other_index(settings_of(shop, synonyms_path=f"analyzers/{second['PackageID']}"))
    try:
        with pytest.raises(
            BadInput,
            match=rf"synonyms_path is 'analyzers/{second['PackageID']}': the package is at {shop.reference_path}, so",
        ):
            check(domains=domains)
    finally:
        shop.search().write("DELETE", "/other")
        shop.index(index_settings(shop.reference_path), "other", texts=())
        shop.opensearch.dissociate_package(PackageID=second["PackageID"], DomainName=DOMAIN)
        shop.wait_until_all_active()


def test_an_analyzer_that_cannot_be_updated_is_refused(check, shop, other_index):
    """It should say that new rules would not reach the open index."""
    body = settings_of(shop, updateable=False)
    with pytest.raises(
        BadInput, match=r"'not updateable': new rules would not reach the index while it is open\. Create"
    ):
        check(domains=other_index(body))


def test_another_analysis_than_declared_is_refused(check, shop, other_index):
    """It should show both chains."""
    body = index_settings(shop.reference_path, filters=["lowercase", {"stop": ["the", "a"]}])
    with pytest.raises(
        BadInput,
        match=r"is 'standard > lowercase > stop\(a, the\)': the configuration declares standard > lowercase before",
    ):
        check(domains=other_index(body))


def test_a_flat_filter_is_accepted_with_a_warning(check, shop, other_index):
    """It should tell what the flat filter does to synonyms of several words."""
    (warning,) = check(domains=other_index(settings_of(shop, type="synonym")))["warnings"]
    assert warning.startswith("field title of index other uses the flat filter `synonym`")


def test_a_chain_without_lowercase_is_accepted_with_a_warning(check, shop, other_index):
    """It should tell that searches with capitals are not expanded."""
    domains = other_index(index_settings(shop.reference_path, filters=[]))
    (warning,) = check(domains=domains, analysis={"tokenizer": "standard", "filters": []})["warnings"]
    assert "has no `lowercase` before the synonyms" in warning


# The rows.


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        (
            {"secret_id": "nothing/here"},
            BadInput,
            r"^login secret is 'nothing/here': ResourceNotFoundException\. Store",
        ),
        (
            {"cluster_id": "nobody"},
            BadInput,
            r"^source\.cluster_id is 'nobody': no such cluster in account 1{12}, Region",
        ),
        (
            {"engine": "aurora-postgresql"},
            BadInput,
            r"^source\.engine is 'aurora-postgresql': catalog runs aurora-mysql",
        ),
        ({"engine": "mysql"}, BadInput, r"^source\.cluster_id is 'catalog': no such DB instance in account"),
        (
            {"secret_id": "switchyard/catalog-pg/login"},
            BadInput,
            r"^source\.secret_id is .*the database refuses its log",
        ),
        ({"database": "nowhere"}, BadInput, r"^source\.secret_id is .*refuses its login: .*nowhere"),
        (
            {"statement": "nobody.sql"},
            BadInput,
            r"^SQL file is 'synonym_refresh/mysql/nobody\.sql': not found under",
        ),
        (
            {"table": "NoSuchTable"},
            CheckFailed,
            r"^running SELECT SynID .*NoSuchTable.* Compare the database with the tab",
        ),
        ({"statement": "rules.sql"}, CheckFailed, r"^running SELECT rule_id .*Unknown column"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_rows_that_cannot_be_read_are_refused(check, check_first, changed, error, message):
    """It should name the part of the source that is wrong, for a refresh and for a bootstrap."""
    for run in (check, check_first):
        with pytest.raises(error, match=message):
            run(source=SOURCE | changed)


def test_columns_that_are_no_synonyms_are_refused(check, tmp_path, monkeypatch):
    """It should name the file and the column that nobody knows."""
    folder = tmp_path / "sql" / "synonym_refresh" / "mysql"
    folder.mkdir(parents=True)
    (folder / "mine.sql").write_text("SELECT SynID AS row_id, Base_Term AS word FROM {{ table }}")
    monkeypatch.setenv("SWITCHYARD_INCLUDE", str(tmp_path))
    with pytest.raises(
        BadInput,
        match=r"^source\.statement is 'mine\.sql': column word: it is no column of synonyms\. Columns are row_id",
    ):
        check(source=SOURCE | {"statement": "mine.sql"})


def test_postgresql_is_read_as_well(check):
    """It should accept the twin of the table."""
    source = SOURCE | {
        "engine": "aurora-postgresql",
        "cluster_id": "catalog-pg",
        "secret_id": "switchyard/catalog-pg/login",
        "table": "synonyms_table",
    }
    assert check(source=source)["columns"] == ["row_id", "term_1", "term_2", "term_3"]
