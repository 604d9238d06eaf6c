"""What a refresh needs is made once, and never made over."""

from __future__ import annotations

import pytest

from switchyard.errors import BadInput, CheckFailed, StepFailed
from switchyard.ledger.writer import LedgerAway
from switchyard.operators.synonyms.bootstrap import BootstrapIndexOperator, BootstrapPackageOperator
from switchyard.operators.synonyms.releases import Release, release_key
from tests.ledger.conftest import query
from tests.support.control_plane import run_step
from tests.support.ledger import ledger_connection
from tests.support.release_world import (
    ANALYSIS,
    BUCKET,
    DOMAIN,
    FIRST,
    FOLDER,
    PACKAGE,
    SECOND,
    STAMP,
    TEXTS,
    SearchWorld,
    configured,
    digest,
    index_settings,
    run_context,
    step_settings,
)

__all__ = ["query"]


def package(domains=(DOMAIN,), **changes):
    settings = {
        "package_name": PACKAGE,
        "bucket": BUCKET,
        "key": release_key(FOLDER, digest(FIRST)),
        "sha256": digest(FIRST),
        "rules": "1",
        "domains": [{"name": name} for name in domains],
        **changes,
    }
    return BootstrapPackageOperator(**step_settings(**settings))


def indexes(domain=None, analysis=ANALYSIS, **changes):
    settings = {"domain": domain or configured(), "package_name": PACKAGE, "analysis": analysis, **changes}
    return BootstrapIndexOperator(**step_settings(**settings))


@pytest.fixture
def bare(world, sandbox, recorded):
    """A domain without anything, the file of the first release, and a ledger."""
    world.publish(FIRST)
    world.domain()
    sandbox.durations({"package.copy": 0.2, "package.validate": 0.1, "package.associate": 0.2})
    return world


def test_a_package_is_made_and_associated(bare):
    """It should import the file, tie it to its hash, and bring it to every domain."""
    bare.domain("second")
    result = run_step(package([DOMAIN, "second"]), run_context())
    path = f"analyzers/{result['package_id']}"
    assert result["version"] == "v1"
    assert result["reference_paths"] == {DOMAIN: path, "second": path}
    (made,) = bare.opensearch.describe_packages()["PackageDetailsList"]
    assert made["PackageDescription"] == Release(digest(FIRST), 1, STAMP).message
    assert (made["PackageType"], made["PackageStatus"]) == ("TXT-DICTIONARY", "AVAILABLE")


def test_a_second_time_is_harmless(bare):
    """It should find package and associations, whatever their version, and change nothing."""
    run_step(package(), run_context())
    bare.package_id = bare.opensearch.describe_packages()["PackageDetailsList"][0]["PackageID"]
    bare.update_package(SECOND)
    while bare.look() != ("AVAILABLE", "v2"):
        pass
    bare.changes()
    assert run_step(package(), run_context())["version"] == "v2"
    assert bare.changes() == {}
    assert bare.look_at_domain() == ("ACTIVE", "v1")


def test_a_first_release_is_not_live_unrecorded(bare, query, postgres, monkeypatch):
    """It should turn red where the ledger is away, and record the release when the step goes on."""
    context = run_context()
    with monkeypatch.context() as away:
        nowhere = ledger_connection(postgres.dsn("a_database_that_does_not_exist"))
        away.setenv("AIRFLOW_CONN_SWITCHYARD_LEDGER", nowhere)
        with pytest.raises(LedgerAway, match="Check that PostgreSQL runs"):
            run_step(package(), context)
    assert run_step(package(), context)["version"] == "v1"
    (row,) = query("SELECT * FROM switchyard.synonym_release")
    assert (row["state"], row["live_version"], row["sha256"]) == ("live", "v1", digest(FIRST))
    assert len(bare.opensearch.describe_packages()["PackageDetailsList"]) == 1


@pytest.mark.parametrize("operation", ["es:CreatePackage", "es:AssociatePackage"])
def test_lost_answers_are_found_again(bare, sandbox, operation):
    """It should find what it made behind the refusal of the repetition."""
    sandbox.fault(operation, "lost-response")
    assert run_step(package(), run_context())["version"] == "v1"
    assert len(bare.opensearch.describe_packages()["PackageDetailsList"]) == 1


def test_a_file_that_cannot_be_read_is_told(bare):
    """It should say why, and what must go before it can try again."""
    with pytest.raises(StepFailed, match="COPY_FAILED, NoSuchKey"):
        run_step(package(key="elsewhere.txt"), run_context())
    with pytest.raises(BadInput, match=r"it never had a version\. Delete the package"):
        run_step(package(), run_context())


def test_a_failed_association_is_asked_for_again(bare, sandbox):
    """It should repeat what failed in an earlier run, and tell what fails in this one."""
    run_step(package(), run_context())
    name = f"{DOMAIN}:{bare.opensearch.describe_packages()['PackageDetailsList'][0]['PackageID']}"
    place = {"account": "111111111111", "region": "us-west-2"}
    sandbox.force_status("domain_package", name, "ASSOCIATION_FAILED", **place)
    bare.package_id = name.partition(":")[2]
    bare.update_package(SECOND)
    while bare.look() != ("AVAILABLE", "v2"):
        pass
    run_step(package(), run_context())
    assert bare.look_at_domain()[0] == "ACTIVE"


def test_quotas_are_not_waited_out(bare, sandbox):
    """It should say that the quota is full, where the same code elsewhere means to slow down."""
    sandbox.fault(
        "es:CreatePackage", "error", code="LimitExceededException", message="25", status=409, times=None
    )
    with pytest.raises(StepFailed, match=r"LimitExceededException.*higher quota"):
        run_step(package(), run_context())


def test_a_dry_run_plans_package_and_associations(bare):
    """It should plan both calls where there is nothing, and send neither."""
    bare.changes()
    result = run_step(package(), run_context(dry_run=True))
    assert [call["operation"] for call in result["planned_calls"]] == ["CreatePackage", "AssociatePackage"]
    assert bare.changes() == {}
    assert bare.opensearch.describe_packages()["PackageDetailsList"] == []


def test_an_index_is_made_that_finds_by_synonyms(engine):
    """It should expand queries alone, keep phrases together, and not care for case."""
    assert run_step(indexes(), run_context()) == {
        "domain": DOMAIN,
        "created": ["products"],
        "found": [],
        "summary": f"on {DOMAIN}: created products",
    }
    engine.add("products", *TEXTS)
    engine.release("frozen custard, gelato, ice cream\n", "v2")
    assert engine.titles("GELATO") == {"ice cream"}
    assert engine.titles("frozen") == {"frozen pizza"}


def test_an_index_that_expands_documents_is_made_behind_its_alias(engine):
    """It should name the index by the version, and let the alias take writes."""
    domain = configured(use="index_time", alias="shop")
    assert run_step(indexes(domain), run_context())["created"] == ["products-v1"]
    assert engine.alias("shop") == {"products-v1"}
    engine.add("shop", *TEXTS)
    assert engine.titles("pastry", "shop") == {"croissant"}
    assert run_step(indexes(domain), run_context()) == {
        "domain": DOMAIN, "created": [], "found": ["products-v1"], "summary": f"on {DOMAIN}: found products-v1",
    }  # fmt: skip


def test_the_declared_analysis_is_what_the_index_gets(engine):
    """It should pass its own check, stop words and folding included, with fields in objects."""
    analysis = {"tokenizer": "whitespace", "filters": ["lowercase", {"stop": ["the", "of"]}, "asciifolding"]}
    domain = configured(fields=["title", "maker.name"], alias="shop")
    assert run_step(indexes(domain, analysis), run_context())["created"] == ["products"]
    assert run_step(indexes(domain, analysis), run_context())["found"] == ["products"]
    with pytest.raises(BadInput, match=r"standard > lowercase before the synonyms"):
        run_step(indexes(domain), run_context())


def test_a_lost_answer_is_no_second_index(engine, monkeypatch):
    """It should find the index behind the refusal of the repetition."""
    from switchyard.search.client import SearchClient

    send, lost = SearchClient._send, []

    def losing(client, method, path, body):
        answer = send(client, method, path, body)
        if method == "PUT" and not lost:
            lost.append(path)
            raise _lost()
        return answer

    monkeypatch.setattr(SearchClient, "_send", losing)
    assert run_step(indexes(), run_context())["found"] == ["products"]


@pytest.mark.parametrize(
    ("body", "configuration", "error", "message"),
    [
        ({}, {}, BadInput, "has no such field"),
        (index_settings("analyzers/F1"), {}, BadInput, "bound to another one"),
        (
            index_settings(""),
            {"alias": "shop"},
            CheckFailed,
            "alias shop does not lead to it.*POST /_aliases",
        ),
    ],
)
def test_an_index_that_would_not_work_is_named_and_left_alone(engine, body, configuration, error, message):
    """It should refuse what is there and wrong, and never mend it by itself."""
    engine.client("opensearch")
    _put_file(engine)
    engine.search().write("PUT", "/products", _readable(body, engine))
    before = engine.search().read("/products")
    with pytest.raises(error, match=message):
        run_step(indexes(configured(**configuration)), run_context())
    assert engine.search().read("/products") == before


def test_a_dry_run_plans_the_index(engine):
    """It should plan the index of a package that is not made yet, too."""
    operator = indexes(package_name="not-made-yet")
    (call,) = run_step(operator, run_context(dry_run=True))["planned_calls"]
    assert call["operation"] == "PUT /products"
    assert call["parameters"]["mappings"]["properties"]["title"]["type"] == "text"
    assert not engine.search().exists("/products")


def _lost():
    from botocore.exceptions import ConnectionClosedError

    return ConnectionClosedError(endpoint_url="https://products")


def _put_file(engine: SearchWorld):
    """Let the path of another package lead somewhere, as a new index opens its file."""
    source = {"S3BucketName": BUCKET, "S3Key": release_key(FOLDER, digest(FIRST))}
    made = engine.opensearch.create_package(
        PackageName="another", PackageType="TXT-DICTIONARY", PackageSource=source
    )
    engine.other_id = made["PackageDetails"]["PackageID"]
    engine.opensearch.associate_package(PackageID=engine.other_id, DomainName=DOMAIN)


def _readable(body, engine):
    """The body with a path that the domain has: of the other package, or of the pipeline's own."""
    synonyms = body.get("settings", {}).get("index", {}).get("analysis", {}).get("filter", {}).get("synonyms")
    if synonyms:
        own = not synonyms["synonyms_path"]
        synonyms["synonyms_path"] = engine.reference_path if own else f"analyzers/{engine.other_id}"
    return body
