"""Domains come to the package's version, and to no other."""

from __future__ import annotations

import pytest

from switchyard.errors import NotAllowed, StepFailed
from switchyard.operators.synonyms.associate import AssociatePackageOperator
from tests.support.control_plane import new_context, run_step
from tests.support.release_world import DOMAIN, PACKAGE, SECOND, step_settings


def associate(version="v2", domain=DOMAIN, **changes):
    settings = {
        "package_name": PACKAGE,
        "domain": {"name": domain},
        "version": version,
        "settle_seconds": 1.5,
        **changes,
    }
    return AssociatePackageOperator(**step_settings(**settings))


@pytest.fixture
def updated(package):
    """The package at v2, the domain still at v1."""
    package.update_package(SECOND)
    return package


def test_the_wait_ends_with_the_version_in_use(updated, race):
    """It should see through ACTIVE with the old version, in either order of status and version (P05)."""
    result = run_step(associate(), new_context())
    path = f"analyzers/{updated.package_id}"
    said = f"version v2 is on {DOMAIN}"
    assert result == {"domain": DOMAIN, "version": "v2", "reference_path": path, "summary": said}
    assert updated.look_at_domain() == ("ACTIVE", "v2")
    assert updated.made("AssociatePackage") == 2


def test_a_conflict_at_the_version_is_success(updated, race, sandbox):
    """It should believe the domain, not the refusal (P03)."""
    sandbox.fault("es:AssociatePackage", "lost-response")
    assert run_step(associate(), new_context())["version"] == "v2"
    assert updated.look_at_domain() == ("ACTIVE", "v2")
    assert [call["error"] for call in sandbox.calls("AssociatePackage")][-1] == "ConflictException"


def test_a_conflict_at_another_version_is_failure(updated, sandbox):
    """It should fail when the domain goes on to show another version after a refusal (P04)."""
    sandbox.fault(
        "es:AssociatePackage",
        "error",
        code="ConflictException",
        message="already in desired state",
        status=409,
    )
    with pytest.raises(StepFailed, match=r"already in desired state.*shows version v1 in status ACTIVE"):
        run_step(associate(), new_context())


def test_a_domain_at_the_version_is_left_alone(updated):
    """It should change nothing where nothing is to be done."""
    updated.associate()
    assert run_step(associate(), new_context())["version"] == "v2"
    assert updated.made("AssociatePackage") == 2


def test_a_repeated_step_waits_for_what_it_began(updated, race):
    """It should join an association that is under way."""
    updated.associate()
    while updated.look_at_domain()[0] == "ACTIVE":
        pass
    assert run_step(associate(), new_context())["version"] == "v2"
    assert updated.look_at_domain() == ("ACTIVE", "v2")


def test_a_failed_association_fails_with_its_details_and_may_be_repeated(updated, sandbox, race):
    """It should tell the failure, and not take it for that of the next try."""
    name = f"{DOMAIN}:{updated.package_id}"
    sandbox.force_status(
        "domain_package", name, "ASSOCIATION_FAILED", account="111111111111", region="us-west-2"
    )
    assert run_step(associate(), new_context())["version"] == "v2"
    updated.update_package("other, words\n")
    while updated.look() != ("AVAILABLE", "v3"):
        pass
    operator, context = associate("v3"), new_context()
    context["task_state_store"].set("step_clock", {"generation": 0, "deadline": 2e9})
    context["task_state_store"].set(f"associated {DOMAIN}", "yes")
    sandbox.force_status(
        "domain_package", name, "ASSOCIATION_FAILED", account="111111111111", region="us-west-2"
    )
    with pytest.raises(
        StepFailed, match=r"ASSOCIATION_FAILED, ASSOCIATION_FAILED, Forced.*Do not dissociate"
    ):
        run_step(operator, context)


def test_a_domain_that_changes_is_waited_for(updated, sandbox):
    """It should come again when the domain's other change has ended."""
    busy = "A change/update is in progress. Please wait for it to complete."
    sandbox.fault("es:AssociatePackage", "error", code="ValidationException", message=busy, times=12)
    assert run_step(associate(), new_context())["version"] == "v2"


def test_a_package_of_another_version_is_refused(updated):
    """It should give the domain nothing but the version that was published."""
    updated.update_package("other, words\n")
    with pytest.raises(NotAllowed, match=r"associating version v2 .* the package is AVAILABLE at version v3"):
        run_step(associate(), new_context())
    assert updated.look_at_domain() == ("ACTIVE", "v1")


@pytest.mark.parametrize("domain", ["bare", "nowhere"])
def test_a_domain_without_the_package_is_named(updated, domain):
    """It should leave the first association to bootstrap, and name a domain that does not exist."""
    updated.domain("bare")
    expected = {"bare": "it is not associated.*synonym_bootstrap", "nowhere": "ResourceNotFoundException"}
    with pytest.raises(StepFailed, match=expected[domain]):
        run_step(associate(domain=domain), new_context())


def test_a_dry_run_changes_nothing(package):
    """It should plan the association of a version that is not there yet."""
    package.changes()
    result = run_step(associate(version=""), new_context(dry_run=True))
    assert [call["operation"] for call in result["planned_calls"]] == ["AssociatePackage"]
    assert package.changes() == {}
