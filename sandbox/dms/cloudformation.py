"""DMS's resources in CloudFormation templates, which moto leaves out.

A stack waits until what it makes can be used, so here nothing takes its time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from moto.core.common_models import CloudFormationModel
from moto.dms.models import dms_backends

from sandbox.cloudformation.declared import Declared
from sandbox.dms.endpoints import new_endpoint
from sandbox.dms.models import DMSBackend


class DmsResource(Declared):
    """One of DMS's types."""

    service = "dms"
    renamed: ClassVar[Mapping[str, str]] = {
        "MySqlSettings": "MySQLSettings",
        "PostgreSqlSettings": "PostgreSQLSettings",
    }

    @classmethod
    def _backend(cls, account: str, region: str) -> DMSBackend:
        backend: Any = dms_backends[account][region]
        assert isinstance(backend, DMSBackend)  # noqa: S101 - the extension is installed
        return backend


class Certificate(DmsResource, CloudFormationModel):
    """AWS::DMS::Certificate."""

    operation = "ImportCertificate"
    name_property = "CertificateIdentifier"

    @staticmethod
    def cloudformation_type() -> str:
        """Name the type in templates."""
        return "AWS::DMS::Certificate"

    @classmethod
    def _make(cls, backend: DMSBackend, wanted: dict[str, Any]) -> Certificate:
        pem = wanted.get("CertificatePem", "")
        return cls(backend.import_certificate(wanted["CertificateIdentifier"], pem, []).arn)

    def _remove(self, backend: DMSBackend) -> None:
        backend.delete_certificate(self.physical_resource_id)


class Endpoint(DmsResource, CloudFormationModel):
    """AWS::DMS::Endpoint."""

    operation = "CreateEndpoint"
    name_property = "EndpointIdentifier"

    @staticmethod
    def cloudformation_type() -> str:
        """Name the type in templates."""
        return "AWS::DMS::Endpoint"

    @classmethod
    def _make(cls, backend: DMSBackend, wanted: dict[str, Any]) -> Endpoint:
        endpoint = new_endpoint(wanted, backend.account_id, backend.region_name)
        return cls(backend.new_endpoint(endpoint, wanted.get("Tags") or []).endpoint_arn)

    def _change(self, backend: DMSBackend, wanted: Mapping[str, Any]) -> None:
        backend.modify_endpoint(self.physical_resource_id, wanted)

    def _remove(self, backend: DMSBackend) -> None:
        backend.remove_endpoint(self.physical_resource_id)


class ReplicationSubnetGroup(DmsResource, CloudFormationModel):
    """AWS::DMS::ReplicationSubnetGroup."""

    operation = "CreateReplicationSubnetGroup"
    name_property = "ReplicationSubnetGroupIdentifier"

    @staticmethod
    def cloudformation_type() -> str:
        """Name the type in templates."""
        return "AWS::DMS::ReplicationSubnetGroup"

    @classmethod
    def _make(cls, backend: DMSBackend, wanted: dict[str, Any]) -> ReplicationSubnetGroup:
        name = wanted["ReplicationSubnetGroupIdentifier"]
        text = wanted.get("ReplicationSubnetGroupDescription", "")
        backend.create_replication_subnet_group(name, text, wanted.get("SubnetIds") or [], wanted.get("Tags"))
        return cls(name)

    def _remove(self, backend: DMSBackend) -> None:
        backend.delete_replication_subnet_group(self.physical_resource_id)


class ReplicationInstance(DmsResource, CloudFormationModel):
    """AWS::DMS::ReplicationInstance."""

    operation = "CreateReplicationInstance"
    name_property = "ReplicationInstanceIdentifier"
    settings: ClassVar[Mapping[str, str]] = {
        "ReplicationInstanceIdentifier": "replication_instance_identifier",
        "ReplicationInstanceClass": "replication_instance_class",
        "AllocatedStorage": "allocated_storage",
        "AvailabilityZone": "availability_zone",
        "AutoMinorVersionUpgrade": "auto_minor_version_upgrade",
        "EngineVersion": "engine_version",
        "KmsKeyId": "kms_key_id",
        "MultiAZ": "multi_az",
        "PreferredMaintenanceWindow": "preferred_maintenance_window",
        "PubliclyAccessible": "publicly_accessible",
        "ReplicationSubnetGroupIdentifier": "replication_subnet_group_identifier",
        "Tags": "tags",
        "VpcSecurityGroupIds": "vpc_security_group_ids",
    }

    @staticmethod
    def cloudformation_type() -> str:
        """Name the type in templates."""
        return "AWS::DMS::ReplicationInstance"

    @classmethod
    def _make(cls, backend: DMSBackend, wanted: dict[str, Any]) -> ReplicationInstance:
        given = {argument: wanted[name] for name, argument in cls.settings.items() if name in wanted}
        made = backend.create_replication_instance(**given)
        made.status = "available"
        shown = made.to_dict()
        addresses = {
            "ReplicationInstancePrivateIpAddresses": shown["ReplicationInstancePrivateIpAddress"],
            "ReplicationInstancePublicIpAddresses": shown["ReplicationInstancePublicIpAddress"],
        }
        return cls(made.arn, {name: value for name, value in addresses.items() if value})

    def _remove(self, backend: DMSBackend) -> None:
        backend.delete_replication_instance(self.physical_resource_id)


class ReplicationTask(DmsResource, CloudFormationModel):
    """AWS::DMS::ReplicationTask."""

    operation = "CreateReplicationTask"
    name_property = "ReplicationTaskIdentifier"

    @staticmethod
    def cloudformation_type() -> str:
        """Name the type in templates."""
        return "AWS::DMS::ReplicationTask"

    @classmethod
    def _make(cls, backend: DMSBackend, wanted: dict[str, Any]) -> ReplicationTask:
        task = backend.new_task(wanted)
        task.force("ready", None)
        return cls(task.arn)

    def _change(self, backend: DMSBackend, wanted: Mapping[str, Any]) -> None:
        backend.modify_task(self.physical_resource_id, wanted)

    def _remove(self, backend: DMSBackend) -> None:
        backend.task(self.physical_resource_id).quit()
        backend.replication_tasks.pop(self.physical_resource_id)
