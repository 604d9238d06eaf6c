"""Releases built of real rows, judged against what a real domain serves."""

from __future__ import annotations

import pytest
from airflow.sdk.exceptions import AirflowSkipException

from switchyard.databases.connections import ca_bundle
from switchyard.errors import CheckFailed
from switchyard.operators.synonyms.build import BuildFirstReleaseOperator, BuildReleaseOperator
from switchyard.operators.synonyms.preflight import preflight
from switchyard.operators.synonyms.releases import draft_key, release_key
from switchyard.search.authentication import nobody
from switchyard.search.client import SearchClient
from tests.operators.synonyms.test_preconditions import SOURCE
from tests.support.control_plane import new_context, run_step
from tests.support.databases import change_database
from tests.support.release_world import (
    ANALYSIS,
    BUCKET,
    DANISH,
    DOMAIN,
    FIRST,
    FOLDER,
    GELATO,
    PACKAGE,
    SECOND,
    STAMP,
    configured,
    digest,
    step_settings,
)

LIMITS = {"warn_expansions": 100, "max_expansions": 500}
PROBES = [{**DANISH, "when": "always"}, {**GELATO, "when": "listed"}]
DRAFT = draft_key(FOLDER, STAMP)


@pytest.fixture
def edit(shop):
    """Change the table of synonyms; it is as it was after the test."""

    def run(*statements):
        change_database(shop.client, "catalog", "switchyard/catalog/login", str(ca_bundle()), *statements)

    yield run
    run("DELETE FROM SynonymsTable WHERE SynID > 1", "UPDATE SynonymsTable SET Base_Term = 'danish'")


@pytest.fixture
def gelato(edit):
    edit("INSERT INTO SynonymsTable VALUES (2, 'frozen custard', 'gelato', 'ice cream')")


@pytest.fixture
def live(shop):
    """Bring a file to the domain as a release of ours, and give its version."""

    def release(text):
        before = shop.look()[1]
        shop.update_package(text)
        version = f"v{int(before[1:]) + 1}"
        while shop.look() != ("AVAILABLE", version):
            pass
        shop.associate()
        shop.wait_until_associated(version)
        return version

    yield release
    shop.publish(FIRST)


@pytest.fixture
def build(shop):
    """Run the step with some settings changed, and count what it has written."""

    def run(operator=BuildReleaseOperator, *, dry_run=False, **changed):
        settings = {
            "source": SOURCE,
            "locale": None,
            "analysis": ANALYSIS,
            "limits": LIMITS,
            "package_name": PACKAGE,
            "domains": [configured()],
            "bucket": BUCKET,
            "folder": FOLDER,
            "probes": PROBES,
            **changed,
        }
        shop.changes()
        return run_step(operator(**step_settings(**settings)), new_context(dry_run=dry_run))

    yield run
    shop.client("s3").delete_object(Bucket=BUCKET, Key=DRAFT)


def test_news_are_put_aside(build, shop, live, gelato):
    """It should write the draft alone, encrypted as the service can read it, and tell what it changes."""
    version = live(FIRST)
    built = build()

    assert shop.changes() == {"PutObject": 1}
    found = shop.client("s3").get_object(Bucket=BUCKET, Key=DRAFT)
    assert found["Body"].read().decode() == SECOND
    assert found["ServerSideEncryption"] == "AES256"
    assert (built["sha256"], built["rules"], built["rows"]) == (digest(SECOND), 2, 2)
    assert (built["key"], built["draft_key"]) == (release_key(FOLDER, digest(SECOND)), DRAFT)
    assert (built["changed"], built["live_version"], built["live_sha256"]) == (True, version, digest(FIRST))
    assert (built["package_version"], built["package_sha256"]) == (version, digest(FIRST))
    assert (built["diff"]["added"], built["diff"]["unchanged"], built["remarks"]) == (1, 1, [])


def test_the_same_rows_are_no_news(build, shop, live):
    """It should write nothing where package and domain have this very file."""
    live(FIRST)
    built = build()
    assert (built["changed"], built["sha256"]) == (False, digest(FIRST))
    assert not shop.changes()


def test_a_package_ahead_of_its_domain_is_news(build, shop, live, gelato):
    """It should not call unchanged what a run that died has left in the package alone."""
    version = live(FIRST)
    shop.update_package(SECOND)
    while shop.look()[1] == version:
        pass
    built = build()
    assert (built["changed"], built["live_version"]) == (True, version)
    assert built["package_sha256"] == built["sha256"] == digest(SECOND)


def test_probes_are_those_that_can_hold(build, live, gelato):
    """It should ask for gelato only where a rule has it, in the new release and in the one before."""
    live(FIRST)
    built = build()
    assert [probe["query"] for probe in built["probes"]] == ["danish", "gelato"]
    assert [probe["query"] for probe in built["live_probes"]] == ["danish"]
    assert "when" not in built["probes"][0]


def test_a_live_release_of_others_counts_as_nothing(build, shop, live):
    """It should say that there is nothing to compare with and nothing to go back to."""
    live(FIRST)
    shop.update_package(SECOND, message="by hand")
    shop.associate()
    shop.wait_until_all_active()
    built = build()
    assert (built["changed"], built["live_sha256"], built["live_key"]) == (True, "", "")
    assert (built["diff"]["added"], built["diff"]["removed"]) == (1, 0)
    assert "is no release of this pipeline" in built["remarks"][0]


@pytest.mark.parametrize("content", [None, b"something else\n"], ids=["gone", "overwritten"])
def test_a_live_file_that_is_not_there_counts_as_nothing(build, shop, live, gelato, content):
    """It should not compare with, or promise to go back to, a file that is gone or is another one."""
    live(FIRST)
    place = {"Bucket": BUCKET, "Key": release_key(FOLDER, digest(FIRST))}
    if content is None:
        shop.client("s3").delete_object(**place)
    else:
        shop.client("s3").put_object(**place, Body=content)
    built = build()
    assert (built["live_sha256"], built["live_key"], built["diff"]["added"]) == (digest(FIRST), "", 2)
    assert "nothing that a failing release could be rolled back to" in built["remarks"][0]


def test_wrong_rows_are_named_and_change_nothing(build, shop, edit, capsys):
    """It should name the first wrong row in the error and all of them in the log."""
    edit(
        "INSERT INTO SynonymsTable VALUES (2, 'danish\\nevil => x', 'croissant', NULL)",
        "INSERT INTO SynonymsTable VALUES (3, '$$$', 'dollar', NULL)",
    )
    with pytest.raises(
        CheckFailed, match=r'2 errors; the first: error: row 2, "danish.*\[CONTROL_CHAR\]\. Correct the'
    ):
        build()
    assert not shop.changes()
    log = capsys.readouterr().out
    assert "NOT_ANALYZABLE (1)" in log
    assert "row 3" in log


def test_an_empty_table_is_refused_unless_forced(build, edit):
    """It should publish no empty set by mistake."""
    edit("DELETE FROM SynonymsTable")
    try:
        with pytest.raises(CheckFailed, match=r"no rule would be published.*force the run"):
            build()
        assert build(force="True")["rules"] == 0
    finally:
        edit("INSERT INTO SynonymsTable VALUES (1, 'danish', 'croissant', 'pastry')")


def test_a_dry_run_puts_nothing_aside(build, shop, live, gelato):
    """It should hand the comparison on without a draft."""
    live(FIRST)
    built = build(dry_run=True)
    assert built["changed"]
    assert not shop.changes()


def test_the_first_release_is_built_without_a_package(build):
    """It should build the file of a package that is still to be made."""
    built = build(BuildFirstReleaseOperator, package_name="not-there-yet")
    assert (built["changed"], built["live_version"], built["sha256"]) == (True, "", digest(FIRST))


def test_no_first_release_is_built_twice(build, shop):
    """It should be skipped where there is a package."""
    with pytest.raises(AirflowSkipException, match=rf"Package {PACKAGE} is there: F\d+"):
        build(BuildFirstReleaseOperator)
    assert not shop.changes()


# The domain's own opinion.


def test_the_domain_names_the_rules_it_refuses(shop, tmp_path):
    """It should find the few rules among many that the domain's engine does not take."""
    rules = tmp_path / "rules.txt"
    good = [f"term{number}, word{number}" for number in range(300)]
    rules.write_text(
        "\n".join([*good[:100], "$$$, dollar", *good[100:250], "a => b => c", *good[250:]]) + "\n"
    )
    with pytest.raises(
        CheckFailed,
        match=r"opinion of domain products: its engine refuses \$\$\$, dollar \| a => b => c\. Correct",
    ):
        preflight(shop.search(), DOMAIN, rules, ANALYSIS)


def test_the_domain_accepts_what_it_would_take(shop, tmp_path, monkeypatch):
    """It should ask in several requests where there are many rules."""
    monkeypatch.setattr("switchyard.operators.synonyms.preflight.LINES_AT_ONCE", 100)
    rules = tmp_path / "rules.txt"
    rules.write_text("".join(f"term{number}, word{number}\n" for number in range(250)))
    assert preflight(shop.search(), DOMAIN, rules, ANALYSIS) == ""


def test_a_declared_stop_word_is_known_to_the_domain(shop, tmp_path):
    """It should ask with the declared filters, in which `the` is nothing."""
    rules = tmp_path / "rules.txt"
    rules.write_text("the, article\n")
    declared = {"tokenizer": "standard", "filters": ["lowercase", {"stop": ["the"]}]}
    assert preflight(shop.search(), DOMAIN, rules, ANALYSIS) == ""
    with pytest.raises(CheckFailed, match=r"its engine refuses the, article"):
        preflight(shop.search(), DOMAIN, rules, declared)


def test_a_domain_that_cannot_be_asked_is_passed_over(tmp_path):
    """It should tell why, and leave the judgement to the checks that were made."""
    rules = tmp_path / "rules.txt"
    rules.write_text("$$$, dollar\n")
    nowhere = SearchClient("https://127.0.0.1:9", authenticate=nobody)
    assert "domain products could not be asked" in preflight(nowhere, DOMAIN, rules, ANALYSIS)
