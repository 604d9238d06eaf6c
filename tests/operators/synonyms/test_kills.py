"""Steps that are killed before and after every call to AWS, and two runs at once."""

from __future__ import annotations

import json
import threading

import pytest
from botocore.client import BaseClient

from switchyard.aws.dry_run import is_read
from switchyard.errors import NotAllowed, StepFailed, SwitchyardError
from switchyard.operators.synonyms.associate import AssociatePackageOperator
from switchyard.operators.synonyms.bootstrap import BootstrapPackageOperator
from switchyard.operators.synonyms.releases import Release, lock_key, release_key
from switchyard.operators.synonyms.roll_back import RollBackOperator
from switchyard.operators.synonyms.update import UpdatePackageOperator
from tests.support.control_plane import Store, new_context, run_step
from tests.support.release_world import (
    ANALYSIS,
    BUCKET,
    DOMAIN,
    FIRST,
    FOLDER,
    LATE,
    OTHER_STAMP,
    PACKAGE,
    SECOND,
    STAMP,
    digest,
    run_context,
    step_settings,
)

VOLATILE = ("NextToken", "Body", "IfMatch")


class Killed(BaseException):
    """Stands for the end of the process: nothing catches it."""


class Kills:
    """Ends the process before and after each call, each point once; a look repeated in an unchanged world is one."""

    def __init__(self):
        self.used = set()
        self.changes = set()

    def __enter__(self):
        self._original = make_call = BaseClient._make_api_call

        def call(client, operation, parameters):
            point = self._point(operation, parameters)
            self._kill_once(f"before {point}")
            try:
                return make_call(client, operation, parameters)
            finally:
                if not is_read(operation):
                    self.changes.add(self._named(operation, parameters))
                self._kill_once(f"after {point}")

        BaseClient._make_api_call = call
        return self

    def __exit__(self, *_):
        BaseClient._make_api_call = self._original

    def _point(self, operation, parameters):
        return f"{self._named(operation, parameters)} after {len(self.changes)} changes"

    @staticmethod
    def _named(operation, parameters):
        lasting = {name: value for name, value in parameters.items() if name not in VOLATILE}
        return f"{operation} {json.dumps(lasting, sort_keys=True, default=str)}"

    def _kill_once(self, point):
        if point not in self.used and "GetCallerIdentity" not in point:
            self.used.add(point)
            raise Killed(point)


def through_kills(make, context):
    """Run a step again and again until nothing kills it."""
    while True:
        try:
            return run_step(make(), context)
        except Killed:
            continue


def update(text=SECOND, **changes):
    sha256 = digest(text)
    settings = {
        "package_name": PACKAGE,
        "bucket": BUCKET,
        "key": release_key(FOLDER, sha256),
        "sha256": sha256,
        "rules": text.count("\n"),
        "expected_version": "v1",
        "lock_key": lock_key(FOLDER),
        "settle_seconds": 1.5,
    }
    return UpdatePackageOperator(**step_settings(**settings | changes))


def associate():
    return AssociatePackageOperator(
        **step_settings(package_name=PACKAGE, domain={"name": DOMAIN}, version="v2", settle_seconds=1.5)
    )


def roll_back():
    return RollBackOperator(
        **step_settings(
            package_name=PACKAGE,
            bucket=BUCKET,
            folder=FOLDER,
            lock_key=lock_key(FOLDER),
            sha256=digest(SECOND),
            version="v2",
            previous_sha256=digest(FIRST),
            domains=[{"name": DOMAIN, "indexes": []}],
            analysis=ANALYSIS,
            refresh="auto",
            probes=[],
            settle_seconds=1.5,
        )
    )


def bootstrap():
    return BootstrapPackageOperator(
        **step_settings(
            package_name=PACKAGE,
            bucket=BUCKET,
            key=release_key(FOLDER, digest(FIRST)),
            sha256=digest(FIRST),
            rules=1,
            domains=[{"name": DOMAIN}],
        )
    )


def test_a_release_survives_kills_at_every_call(package, race):
    """It should update the package once and bring the domain to it, wherever it was killed (P06)."""
    package.publish(SECOND)
    with Kills() as kills:
        assert through_kills(update, new_context(Store()))["version"] == "v2"
        assert through_kills(associate, new_context(Store()))["version"] == "v2"
    assert package.made("UpdatePackage") == 1
    assert package.messages() == [None, Release(digest(SECOND), 2, STAMP).message]
    assert package.look_at_domain() == ("ACTIVE", "v2")
    for operation in ("UpdatePackage", "AssociatePackage", "PutObject"):
        assert {f"{when} {operation}" for when in ("before", "after")} <= {
            " ".join(point.split()[:2]) for point in kills.used
        }


def test_a_roll_back_survives_kills_at_every_call(package, sandbox):
    """It should publish the release before once, wherever it was killed."""
    package.update_package(SECOND, STAMP)
    package.associate()
    sandbox.durations(LATE)
    context = run_context(Store())
    with Kills(), pytest.raises(StepFailed, match="published again as version v3, and its searches hold"):
        through_kills(roll_back, context)
    assert package.made("UpdatePackage") == 2
    assert package.look_at_domain() == ("ACTIVE", "v3")


def test_a_bootstrap_survives_kills_at_every_call(world, sandbox, recorded):
    """It should make one package and associate it, wherever it was killed."""
    sandbox.durations(LATE)
    world.publish(FIRST)
    world.domain()
    context = run_context(Store())
    with Kills():
        assert through_kills(bootstrap, context)["version"] == "v1"
    assert len(world.opensearch.describe_packages()["PackageDetailsList"]) == 1


def test_of_two_runs_at_once_one_publishes(package, race):
    """It should let one run through and refuse the other before it changes anything."""
    texts = {STAMP: SECOND, OTHER_STAMP: "other, words\n"}
    for text in texts.values():
        package.publish(text)
    ended, barrier = {}, threading.Barrier(2)

    def refresh(stamp):
        operator, context = update(texts[stamp], stamp=stamp), new_context(Store())
        barrier.wait()
        try:
            ended[stamp] = run_step(operator, context)["version"]
        except SwitchyardError as error:
            ended[stamp] = error

    threads = [threading.Thread(target=refresh, args=(stamp,)) for stamp in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = [stamp for stamp, how in ended.items() if how == "v2"]
    (refused,) = [how for how in ended.values() if how != "v2"]
    assert isinstance(refused, NotAllowed)
    assert package.made("UpdatePackage") == 1
    assert package.messages()[1] == Release(digest(texts[winner]), texts[winner].count("\n"), winner).message
