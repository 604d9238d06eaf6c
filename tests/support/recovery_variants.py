"""Variants of a recovery: the database of a sandbox world, where it is recovered, and the configuration that fits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from demo.processes import wait_until
from sandbox import settings
from sandbox.seed.worlds import orders, orders_postgres, orders_serverless, plain_mysql, plain_postgres
from sandbox.seed.worlds.recovery import BUCKET, Recovered
from tests.support.recovery import REPOSITORY, RecoveryWorld
from tests.support.surroundings import POLICY, PROXY, add_endpoint, add_instance, add_logins, writer

EXAMPLE = REPOSITORY / "include" / "pipelines" / "aurora_recovery" / "orders.yaml"
SOURCE, OTHER_REGION = ("source", "us-west-2"), ("source", "us-west-1")
OTHER_ACCOUNT = ("target", "us-west-2")
COPIES = ("single-step", "from-share", "one-account", "one-region", "in-place")
"""Ends of the names of variants that make other snapshots than those of two accounts in two Regions."""


@dataclass(frozen=True)
class Variant:
    """One way to recover.

    Attributes:
        name: for the ids of tests.
        recovered: the database, and where it is recovered.
        sections: sections and fields of the configuration that differ from the example's.
        furnish: makes what a world of it has besides.
    """

    name: str
    recovered: Recovered
    sections: Mapping[str, Any] = field(default_factory=dict)
    furnish: Callable[[RecoveryWorld], Any] = lambda _world: None

    def write(self, pipelines: Path) -> Path:
        """Write the configuration of the pipeline "orders", with waits for a world in which nothing takes long."""
        file = pipelines / "aurora_recovery" / "orders.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump(self.configuration()))
        return file

    def configuration(self) -> dict[str, Any]:
        """The example's, for this database and these places."""
        content = yaml.safe_load(EXAMPLE.read_text())
        plan, where = self.recovered.plan, self.recovered
        name = {"cluster_id" if plan.is_cluster else "instance_id": plan.name}
        group = "cluster_parameter_group" if plan.is_cluster else "instance_parameter_group"
        source, target = (settings.ACCOUNTS[account] for account, _ in (where.source, where.target))
        content |= {
            "engine": plan.engine,
            "source": {
                "account_id": source,
                "region": where.source[1],
                "kms_key_id": where.source_key,
                **name,
            },
            "target": {
                "aws_conn_id": f"aws_{where.target[0]}",
                "account_id": target,
                "region": where.target[1],
                "kms_key_id": where.target_key,
                "subnet_group": plan.subnet_group,
                "deletion_protection": False,
                group: plan.parameter_group,
                **name,
            },
            "manifest": {"bucket": BUCKET},
            "notification": {
                "topic_arn": f"arn:aws:sns:{where.target[1]}:{source}:{where.points}",
                "queue_arn": f"arn:aws:sqs:{where.target[1]}:{target}:{where.points}",
            },
            "login": {"source_secret_id": where.secret, "target_secret_id": where.secret},
            "waits": {"poll_interval_seconds": 0.1},
        }
        content["retire"]["drain_minutes"] = 0
        for unneeded in ("alert", *(["recovery"] if self._copies_for_nobody else [])):
            content.pop(unneeded, None)
        return content | self.sections

    @property
    def copies(self) -> str:
        """Which snapshots it makes."""
        return next((one for one in COPIES if self.name.endswith(one)), "two-step")

    @property
    def policies(self) -> str:
        """The end of the names of its files in docs/reference/iam."""
        return "" if self.recovered.plan.is_cluster else "_instance"

    @property
    def _copies_for_nobody(self) -> bool:
        where = self.recovered
        apart = where.source[0] != where.target[0] and where.source[1] != where.target[1]
        return not apart or self.sections.get("copy_mode") == "single_step"


def add_readers(world: RecoveryWorld) -> None:
    """Give both sides readers, the source a writer that is not its first instance, and endpoints over some of them."""
    source = world.client("rds", world.source)
    add_instance(world, world.source, "orders-2", PromotionTier=0)
    add_instance(world, world.source, "orders-3", DBInstanceClass="db.r6g.xlarge", PromotionTier=15)
    add_instance(world, world.target, "orders-2", PromotionTier=2)
    source.failover_db_cluster(DBClusterIdentifier="orders", TargetDBInstanceIdentifier="orders-2")
    wait_until(lambda: writer(world, world.source) == "orders-2", "the failover of orders", seconds=60)
    add_endpoint(world, world.source, "orders-reports", "ANY", StaticMembers=["orders-1", "orders-3"])
    add_endpoint(world, world.source, "orders-analytics", "READER", ExcludedMembers=["orders-3"])
    add_endpoint(world, world.target, "orders-reports", "READER", StaticMembers=["orders-2"])


def logins_of(account: str) -> dict[str, Any]:
    """The section that has what `add_logins` makes follow the live name."""
    policy = f"arn:aws:iam::{settings.ACCOUNTS[account]}:policy/{POLICY}"
    return {"after_swap": {"login_policies": [policy], "proxies": [PROXY]}}


PLAIN_MYSQL = Variant("plain-mysql", plain_mysql.RECOVERED)
PLAIN_POSTGRES = Variant("plain-postgres", plain_postgres.RECOVERED)
AURORA_POSTGRES = Variant("aurora-postgres", orders_postgres.RECOVERED)
SERVERLESS = Variant("serverless", orders_serverless.RECOVERED)
ONE_ACCOUNT = Variant("one-account", replace(orders.RECOVERED, target=OTHER_REGION))
ONE_REGION = Variant("one-region", replace(orders.RECOVERED, target=OTHER_ACCOUNT, shares_itself=True))
IN_PLACE = Variant(
    "in-place", replace(orders.RECOVERED, target=SOURCE), {"restore": {"start_on_message": False}}
)
SINGLE_STEP = Variant(
    "single-step", replace(orders.RECOVERED, shares_itself=True), {"copy_mode": "single_step"}
)
FROM_SHARE = Variant("from-share", orders.RECOVERED, {"restore": {"restore_from": "share"}})
PLAIN_ONE_ACCOUNT = Variant(
    "plain-one-account",
    replace(plain_postgres.RECOVERED, target=OTHER_REGION),
    logins_of("source"),
    furnish=add_logins,
)
PLAIN_IN_PLACE = Variant(
    "plain-in-place",
    replace(plain_postgres.RECOVERED, target=SOURCE, target_key=plain_postgres.RECOVERED.source_key),
    {"restore": {"start_on_message": False}},
)
PLAIN_SINGLE_STEP = Variant(
    "plain-single-step",
    replace(plain_mysql.RECOVERED, shares_itself=True),
    {"copy_mode": "single_step", **logins_of("target")},
    furnish=add_logins,
)
READERS = Variant("readers", orders.RECOVERED, furnish=add_readers)

VARIANTS = (
    PLAIN_MYSQL,
    PLAIN_POSTGRES,
    AURORA_POSTGRES,
    SERVERLESS,
    ONE_ACCOUNT,
    ONE_REGION,
    IN_PLACE,
    SINGLE_STEP,
    FROM_SHARE,
    PLAIN_ONE_ACCOUNT,
    PLAIN_IN_PLACE,
    PLAIN_SINGLE_STEP,
    READERS,
)
