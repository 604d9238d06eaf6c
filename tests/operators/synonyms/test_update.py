"""One call of UpdatePackage for one release, whatever happens around it."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from airflow.sdk.exceptions import TaskDeferred
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from switchyard.aws import connections
from switchyard.errors import NotAllowed, StepFailed
from switchyard.operators.synonyms.releases import Release, lock_key, release_key
from switchyard.operators.synonyms.update import UpdatePackageOperator
from tests.support.control_plane import Store, new_context, run_step
from tests.support.dms import wait_for
from tests.support.release_world import (
    BUCKET,
    FIRST,
    FOLDER,
    OTHER_STAMP,
    PACKAGE,
    SECOND,
    STAMP,
    digest,
    step_settings,
)


def update(text=SECOND, **changes):
    sha256 = digest(text)
    settings = {
        "package_name": PACKAGE,
        "bucket": BUCKET,
        "key": release_key(FOLDER, sha256),
        "sha256": sha256,
        "rules": str(text.count("\n")),
        "expected_version": "v1",
        "lock_key": lock_key(FOLDER),
        "settle_seconds": 2.0,
        **changes,
    }
    return UpdatePackageOperator(**step_settings(**settings))


@pytest.fixture
def release(package):
    """The package at v1, and the second release published."""
    package.publish(SECOND)
    return package


def test_the_wait_ends_with_the_new_version(release, race):
    """It should see through AVAILABLE with the old version, in either order of status and version (P01)."""
    result = run_step(update(), new_context())
    assert result == {
        "package_id": release.package_id,
        "version": "v2",
        "previous_version": "v1",
        "sha256": digest(SECOND),
        "summary": f"release {digest(SECOND)[:12]} is version v2 of {PACKAGE}",
    }
    assert release.look() == ("AVAILABLE", "v2")
    assert release.messages() == [None, Release(digest(SECOND), 2, STAMP).message]
    assert release.made("UpdatePackage") == 1


def test_a_refused_file_fails_with_the_details(world):
    """It should tell why the service refused the file, and the package stays at its version (P02)."""
    world.create_package()
    world.client("s3").put_object(Bucket=BUCKET, Key="latin", Body="café, coffee\n".encode("latin-1"))
    with pytest.raises(StepFailed, match=r"VALIDATION_FAILED, InvalidFileEncoding, The file is not UTF-8"):
        run_step(update(key="latin"), new_context())
    assert world.look() == ("VALIDATION_FAILED", "v1")


def test_a_cleared_step_tries_a_mended_file(world, sandbox):
    """It should ask again once a person has read the failure, and not take the old failure for the new one."""
    world.create_package()
    with pytest.raises(StepFailed, match=r"COPY_FAILED, NoSuchKey"):
        run_step(update(), new_context())
    sandbox.durations({"package.update.invisible": 0.4})
    world.publish(SECOND)
    cleared = new_context()
    cleared["ti"].max_tries = 1
    assert run_step(update(), cleared)["version"] == "v2"
    assert world.made("UpdatePackage") == 2


@pytest.mark.parametrize("lost", ["lost-response", "killed"])
def test_an_update_whose_answer_was_lost_is_not_asked_for_again(release, race, sandbox, lost):
    """It should find what it asked for before, while history and status still know nothing of it (P06)."""
    store = Store()
    operator = update()
    if lost == "lost-response":
        sandbox.fault("es:UpdatePackage", "lost-response")
        assert run_step(operator, new_context(store))["version"] == "v2"
    else:
        with killed(sent=True):
            run_step(operator, new_context(store))
        assert release.look() == ("AVAILABLE", "v1")
        assert run_step(update(), new_context(store))["version"] == "v2"
    assert release.made("UpdatePackage") == 1


def test_an_update_that_is_late_is_not_asked_for_again(release, sandbox, monkeypatch):
    """It should go on looking for a call that was not answered in time, as long after as a change may stay unseen."""
    monkeypatch.setattr(connections, "_ONCE", connections._ONCE.merge(Config(read_timeout=1)))
    monkeypatch.setattr(connections, "_client", connections._client.__wrapped__)
    sandbox.fault("es:UpdatePackage", "slow", seconds=2.5)
    assert run_step(update(), new_context())["version"] == "v2"
    wait_for(lambda: [one["fault"] for one in sandbox.calls("UpdatePackage")], any)
    assert release.made("UpdatePackage") == 1


def test_a_step_cleared_while_nothing_shows_waits(release, race):
    """It should find its record even when clearing the task has wiped the task's own memory (P06)."""
    with killed(sent=True):
        run_step(update(), new_context())
    cleared = new_context()
    cleared["ti"].max_tries = 1
    assert run_step(update(), cleared)["version"] == "v2"
    assert release.made("UpdatePackage") == 1


def test_a_new_run_finds_what_a_dead_one_asked_for(release, race):
    """It should take over lock and record together, and wait for the dead run's version."""
    with killed(sent=True):
        run_step(update(stamp=OTHER_STAMP, lock_seconds=0.0), new_context())
    assert run_step(update(), new_context())["version"] == "v2"
    assert release.messages()[1] == Release(digest(SECOND), 2, OTHER_STAMP).message
    assert release.made("UpdatePackage") == 1


def test_a_call_that_was_never_sent_is_made_later(release):
    """It should make the call when its record is there and nothing has come of it in good time."""
    with killed(sent=False):
        run_step(update(settle_seconds=0.3), new_context())
    assert release.made("UpdatePackage") == 0
    assert run_step(update(settle_seconds=0.3), new_context())["version"] == "v2"
    assert release.made("UpdatePackage") == 1


def test_refusals_leave_no_record(release, sandbox):
    """It should not wait for an update that the service refused for certain."""
    sandbox.fault("es:UpdatePackage", "error", code="AccessDeniedException", message="no", status=403)
    with pytest.raises(StepFailed, match="AccessDeniedException"):
        run_step(update(settle_seconds=3600.0), new_context())
    assert release.lock()["asked"] is None
    assert run_step(update(settle_seconds=3600.0), new_context())["version"] == "v2"


def test_throttling_is_waited_out(release, sandbox):
    """It should ask again when the service was too busy to listen."""
    sandbox.fault("es:UpdatePackage", "throttle", times=3)
    assert run_step(update(settle_seconds=3600.0), new_context())["version"] == "v2"


def test_a_package_that_holds_the_release_is_left_alone(release):
    """It should find the release's hash in the history, whichever run brought it there."""
    release.update_package(SECOND)
    assert run_step(update(), new_context())["version"] == "v2"
    assert release.made("UpdatePackage") == 1


def test_an_update_by_another_hand_is_waited_for_and_refused(release, race, sandbox):
    """It should publish over nothing that the release was not compared with."""
    sandbox.durations({"package.update.settle": 0.0})
    release.update_package("other, words\n")
    release.wait_until_moving()
    with pytest.raises(
        NotAllowed, match=r"at version v2 with release \w{12} of run 2602020000-bbbbbb.*Start a new run"
    ):
        run_step(update(), new_context())
    release.update_package("by, hand\n", message="by hand")
    release.wait_until_moving()
    with pytest.raises(NotAllowed, match=r"at version v3 with content of unknown origin"):
        run_step(update(), new_context())
    assert release.made("UpdatePackage") == 2


def test_the_same_content_at_another_version_is_accepted(release):
    """It should publish again after a roll back, which brings the compared content back as a new version."""
    release.update_package(SECOND)
    release.update_package(FIRST)
    assert run_step(update(expected_sha256=digest(FIRST)), new_context())["version"] == "v4"


def test_an_update_by_another_hand_in_between_is_told(release, sandbox):
    """It should not take somebody else's new version for its own."""
    sandbox.set_clock(manual=True)
    operator, context = update(), new_context()
    with pytest.raises(TaskDeferred):
        operator.execute(context)
    sandbox.advance(10)
    release.update_package("other, words\n")
    sandbox.advance(10)
    sandbox.set_clock(manual=False)
    with pytest.raises(NotAllowed, match="at version v3 with release"):
        run_step(update(), context)


def test_a_missing_package_is_named(world):
    """It should say that bootstrap makes it."""
    with pytest.raises(
        StepFailed, match=r"package products-synonyms: there is no such package.*synonym_bootstrap"
    ):
        run_step(update(), new_context())


def test_a_dry_run_changes_nothing(release):
    """It should plan the lock and the update, and send neither."""
    release.changes()
    result = run_step(update(), new_context(dry_run=True))
    assert [call["operation"] for call in result["planned_calls"]] == ["PutObject", "UpdatePackage"]
    assert release.changes() == {}
    assert release.lock() is None


def test_the_lock_stays_with_the_run(release):
    """It should keep the right to publish for the steps that follow, and nothing to look for."""
    run_step(update(), new_context())
    assert (release.lock()["run"], release.lock()["asked"]) == (STAMP, None)
    with pytest.raises(
        NotAllowed, match="is held by run 2602010000-aaaaaa of synonym_refresh/products until"
    ):
        run_step(update(stamp=OTHER_STAMP), new_context())


def test_the_call_is_sent_once(release, sandbox):
    """It should not be sent again by botocore when its answer is lost."""
    sandbox.fault("es:UpdatePackage", "lost-response", times=None)
    client = update().client("opensearch", once=True)
    source = {"S3BucketName": BUCKET, "S3Key": release_key(FOLDER, digest(SECOND))}
    with pytest.raises((ClientError, BotoCoreError), match="Connection was closed"):
        client.update_package(PackageID=release.package_id, PackageSource=source)
    assert release.made("UpdatePackage") == 1


@contextmanager
def killed(*, sent):
    """Let the process end just after UpdatePackage has reached the service, or just before it is sent."""
    client = update().client("opensearch", once=True)
    send = client.update_package

    def dying(**arguments):
        if sent:
            send(**arguments)
        raise KeyboardInterrupt

    client.update_package = dying
    try:
        with pytest.raises(KeyboardInterrupt):
            yield
    finally:
        del client.update_package
