"""Random interleavings of the swap and its rollback with faults, kills and strangers, on the sandbox's RDS."""

from __future__ import annotations

import random
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace

import botocore.endpoint
import pytest
from botocore.exceptions import BotoCoreError, ClientError
from moto.rds.models import rds_backends

from sandbox.faults import Fault
from sandbox.runtime import runtime
from switchyard.aws.connections import aws_client
from switchyard.aws.error_table import Disposition, disposition
from switchyard.errors import CheckFailed, NotAllowed, StepFailed
from switchyard.operators.aurora import swap_state
from switchyard.operators.aurora.checks import CheckLiveOperator
from switchyard.operators.aurora.swap import SwapNamesOperator
from tests.support.aws_connections import TARGET
from tests.support.control_plane import Accounts, new_context, own_tags
from tests.support.swap_proof import PIPELINE, PROOF

STAMP = "2602010000-0a1b2c"
CANDIDATE, RETIRED = f"orders-new-{STAMP}", f"orders-old-{STAMP}"
COMMON = {
    "task_id": "step",
    "live_id": "orders",
    "stamp": STAMP,
    "timeout": timedelta(hours=1),
    **TARGET,
}
SWAP = {**COMMON, "rename_instances": True}
CHECK_LIVE = {**COMMON, **PROOF}
PASSING = (Disposition.RETRY_SHORT, Disposition.CONFLICT)
RENAMES = ("cluster.rename", "cluster.rename.invisible", "instance.rename", "instance.reboot")
FAULTY = ("rds:Describe*", "rds:ModifyDBCluster", "rds:ModifyDBInstance", "rds:AddTagsToResource")
HAPPENINGS = ("step",) * 7 + ("time",) * 4 + ("fault", "refusal", "kill", "stranger", "turn_back")


class Killed(BaseException):
    """Stands for the end of the process: nothing catches it."""


@dataclass
class Interleaving:
    """One swap, what may befall it, and what must hold all the while."""

    accounts: Accounts
    dice: random.Random
    proved: bool = True
    backward: bool = False
    old_id: str | None = None
    new_id: str = ""
    bystanders: dict = field(default_factory=dict)
    strangers: dict = field(default_factory=dict)
    lives: int | None = None
    operator: object = None

    def build(self):
        """Make the live cluster (most worlds have one), the candidate, and a bystander."""
        target, own = self.accounts.target, own_tags(pipeline=PIPELINE, run=STAMP, role="candidate")
        if self.dice.random() < 0.85:
            self.old_id = target.cluster()["DbClusterResourceId"]
            for number in range(self.dice.randint(0, 2)):
                target.instance(f"orders-{number + 1}")
        proof = own_tags(proved=STAMP) if self.proved else []
        self.new_id = target.cluster(CANDIDATE, Tags=own + proof)["DbClusterResourceId"]
        for number in range(self.dice.randint(1, 2)):
            target.instance(f"orders-{number + 1}-new-{STAMP}", CANDIDATE, Tags=own)
        self.bystanders[target.cluster("billing")["DbClusterResourceId"]] = "billing"
        runtime.clock.set_manual(True)
        runtime.durations.override({name: self.dice.choice([0.0, 0.0, 1.0, 4.0]) for name in RENAMES})
        self.accounts.changes()
        self.begin()
        return self

    def begin(self):
        """A new process: its operator knows nothing but what AWS shows."""
        self.lives = None
        if self.backward:
            self.operator = CheckLiveOperator(candidate_resource_id=self.new_id, **CHECK_LIVE)
        else:
            live = {"live_resource_id": self.old_id or ""}
            self.operator = SwapNamesOperator(candidate_resource_id=self.new_id, **live, **SWAP)
        client = aws_client("rds", **TARGET)
        self.operator.client = lambda *_, **__: client

    def count_down(self, **_):
        """Die at a chosen call, before it is made or after it was answered."""
        if self.lives is not None:
            self.lives -= 1
            if self.lives == 0:
                raise Killed

    def step(self):
        """One look and one act of the loop; tells whether it is over."""
        try:
            return self.operator.act(new_context()) is None
        except Killed:
            self.begin()
        except (ClientError, BotoCoreError) as error:
            if disposition(error) not in PASSING and "refused by the dice" not in str(error):
                raise
        except StepFailed as stuck:
            if not self.strangers or "which is not part of the swap" not in stuck.found:
                raise
        except NotAllowed as refused:
            # It may have gone back by itself; or a stranger took a name that was free before.
            self.backward = self.backward or "rolled back" in refused.found
            if not self.backward and not (self.strangers and "bears it now" in refused.found):
                raise
            return self.backward
        except CheckFailed as failed:
            return self.backward and "Rolled back" in failed.found
        return False

    def time(self):
        runtime.clock.advance(self.dice.choice([0.3, 1.0, 3.0]))

    def fault(self):
        kind = self.dice.choice(["throttle", "server-error", "lost-response"])
        wanted = {"times": self.dice.choice([1, 1, 2, 10]), "after": self.dice.randint(0, 3)}
        self.accounts.sandbox.server.faults.add(Fault(self.dice.choice(FAULTY), kind, **wanted))

    def refusal(self):
        """A permission is missing for a while."""
        wanted = {"code": "AccessDenied", "message": "refused by the dice", "after": self.dice.randint(0, 2)}
        self.accounts.sandbox.server.faults.add(Fault("rds:ModifyDBCluster", "error", **wanted))

    def kill(self):
        self.lives = self.dice.randint(1, 14)

    def stranger(self):
        """Somebody makes a cluster of a name that the swap needs, or takes it away again."""
        name = self.dice.choice(["orders", "orders", RETIRED, CANDIDATE])
        if self.strangers:
            self.expel()
        elif self.is_free(name):
            made = self.accounts.target.cluster(name)
            self.strangers[made["DbClusterResourceId"]] = name
            self.accounts.changes()

    def is_free(self, name):
        backend = rds_backends["222222222222"]["us-west-1"]
        return name not in backend.reserved_clusters | backend.clusters.keys()

    def expel(self):
        lives, self.lives = self.lives, None
        for name in self.strangers.values():
            self.accounts.target.rds.delete_db_cluster(DBClusterIdentifier=name, SkipFinalSnapshot=True)
        self.strangers.clear()
        runtime.clock.advance(1)
        self.accounts.target.rds.describe_db_clusters()
        self.accounts.changes()
        self.lives = lives

    def turn_back(self):
        """The verification fails: from now on the same loop goes back."""
        if self.backward or not self.is_on_record():
            return
        # Whether AWS takes the tag or not, its answer may be lost, or the candidate just vanish in its rename.
        with suppress(ClientError, BotoCoreError, Killed):
            swap_state.turn_back(self.accounts.target.rds, self.clusters()[self.new_id].arn)
        self.backward = _tags(self.clusters()[self.new_id])["switchyard:swap-direction"] == "back"
        self.begin()

    def is_on_record(self):
        return "switchyard:swap-run" in _tags(self.clusters()[self.new_id])

    def clusters(self):
        """The truth about all clusters, whatever AWS shows of it, by resource id."""
        backend = rds_backends["222222222222"]["us-west-1"]
        return {one.db_cluster_resource_id: one for one in backend.all_clusters()}

    def check(self):
        """The invariants of a swap."""
        clusters = self.clusters()
        names = {resource_id: one.db_cluster_identifier for resource_id, one in clusters.items()}
        bearers = {resource_id for resource_id, name in names.items() if name == "orders"}
        strangers = {resource_id for resource_id, name in self.strangers.items() if name == "orders"}
        allowed = {self.old_id} | strangers | ({self.new_id} if self.proved else set())
        assert bearers <= allowed, f"the live name is borne by {names}"
        for resource_id, name in (self.bystanders | self.strangers).items():
            assert names.get(resource_id) == name, f"a foreign cluster was renamed or deleted: {names}"
            assert not _tags(clusters[resource_id])
        assert names[self.new_id] in (CANDIDATE, "orders")
        if self.old_id:
            assert names[self.old_id] in ("orders", RETIRED)
        changes = set(self.accounts.changes())
        assert changes <= {"rds:ModifyDBCluster", "rds:ModifyDBInstance", "rds:AddTagsToResource"}

    def finish(self):
        """Nothing goes wrong any more: the loop must end."""
        self.lives = None
        self.accounts.sandbox.server.faults.clear()
        self.expel()
        for _ in range(80):
            if self.step():
                return
            runtime.clock.advance(1.5)
            self.check()
        pytest.fail(
            f"the loop did not end: {[one.db_cluster_identifier for one in self.clusters().values()]}"
        )


def _tags(resource):
    return {tag["Key"]: tag["Value"] for tag in resource.get_tags()}


@pytest.fixture
def interleaving(accounts, monkeypatch):
    """Make worlds; botocore's pauses between its tries pass on the sandbox's clock."""
    current = SimpleNamespace(it=None)
    pause = SimpleNamespace(time=time.time, sleep=runtime.clock.advance)
    monkeypatch.setattr(botocore.endpoint, "time", pause)
    events = aws_client("rds", **TARGET).meta.events

    def count_down(**_):
        current.it.count_down()

    for moment in ("before-call.rds", "after-call.rds"):
        events.register(moment, count_down)

    def make(seed, **settings):
        accounts.sandbox.server.reset()
        current.it = Interleaving(accounts, random.Random(seed), **settings)  # noqa: S311 - it need not be secret
        return current.it.build()

    yield make
    for moment in ("before-call.rds", "after-call.rds"):
        events.unregister(moment, count_down)


@pytest.mark.parametrize("seed", range(60))
def test_no_interleaving_breaks_the_swap(interleaving, seed):
    """It should keep every invariant whatever happens, and end with the names where they belong."""
    it = interleaving(seed)
    for _ in range(it.dice.randint(5, 40)):
        getattr(it, it.dice.choice(HAPPENINGS))()
        it.check()
    it.finish()
    names = {resource_id: one.db_cluster_identifier for resource_id, one in it.clusters().items()}
    instances = [one.db_instance_identifier for one in it.clusters()[it.new_id].instances]
    assert names[it.new_id] == (CANDIDATE if it.backward else "orders")
    if it.old_id:
        assert names[it.old_id] == ("orders" if it.backward else RETIRED)
    assert {one.endswith(f"-new-{STAMP}") for one in instances} == {it.backward}


@pytest.mark.parametrize("seed", range(5))
def test_an_unproved_candidate_is_never_named(interleaving, seed):
    """It should refuse before the first tag and the first rename."""
    it = interleaving(seed, proved=False)
    with pytest.raises(
        NotAllowed, match=r"has not passed the checks of this run\. Clear the task that checks"
    ):
        it.operator.act(new_context())
    assert it.accounts.changes() == []
    it.check()
