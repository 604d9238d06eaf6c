"""A plain RDS instance, which belongs to no cluster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.seed.worlds.place import found
from sandbox.seed.worlds.server import Server, make_subnet_group


class Instance(Server):
    """A plain instance, see ``Server``."""

    @property
    def endpoint(self) -> str:
        """The address of the instance's endpoint."""
        return str(self._instance()["Endpoint"]["Address"])

    @property
    def port(self) -> int:
        """The port of the instance's endpoint."""
        return int(self._instance()["Endpoint"]["Port"])

    def create(self) -> None:
        """Create the instance with its groups where they are missing, and wait for it."""
        groups = self._groups()
        if found(self._instance, "DBInstanceNotFound") is None:
            self._create_instance(groups)
        self.place.wait(f"instance {self.plan.name}", lambda: str(self._instance()["DBInstanceStatus"]))

    def _create_instance(self, groups: Mapping[str, str]) -> None:
        self._rds.create_db_instance(
            DBInstanceIdentifier=self.plan.name,
            DBInstanceClass=self.plan.instance_class,
            AllocatedStorage=20,
            MaxAllocatedStorage=100,
            StorageType="gp3",
            DBName=self.login["dbname"],
            PubliclyAccessible=False,
            **self._common(),
            **groups,
        )
        self.place.note(f"instance {self.plan.name}")

    def _groups(self) -> dict[str, str]:
        """Make the groups that the plan names, and say them as CreateDBInstance takes them."""
        groups = {}
        if self.plan.subnet_group:
            make_subnet_group(self.place, self.plan.subnet_group)
            groups["DBSubnetGroupName"] = self.plan.subnet_group
        if self.plan.parameter_group:
            self._create_parameter_group(self.plan.parameter_group)
            groups["DBParameterGroupName"] = self.plan.parameter_group
        return groups

    def _create_parameter_group(self, name: str) -> None:
        look = self._rds.describe_db_parameter_groups
        if not found(
            lambda: look(DBParameterGroupName=name)["DBParameterGroups"], "DBParameterGroupNotFound"
        ):
            self._rds.create_db_parameter_group(
                DBParameterGroupName=name,
                DBParameterGroupFamily=self.plan.family,
                Description=f"Settings of the {self.plan.name} instance",
            )
            self.place.note(f"parameter group {name}")

    def _instance(self) -> dict[str, Any]:
        return self._instance_named(self.plan.name)
