"""DMS's resources in CloudFormation templates, which moto leaves out.

A stack waits until what it makes can be used, so here nothing takes its time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from moto.core.common_models import CloudFormationModel
from moto.core.utils import get_service_model
from moto.dms.models import dms_backends

from sandbox.dms.endpoints import new_endpoint
from sandbox.dms.models import DMSBackend
from sandbox.transitions import LOCK

RENAMED = {"MySqlSettings": "MySQLSettings", "PostgreSqlSettings": "PostgreSQLSettings"}
"""Properties that the API calls otherwise."""


class Declared:
    """What a stack knows of a resource of its own; `Ref` gives its ARN or name."""

    operation: ClassVar[str]
    name_property: ClassVar[str]

    def __init__(self, resource_id: str, attributes: Mapping[str, str] | None = None) -> None:
        self.physical_resource_id = resource_id
        self._attributes = attributes or {}

    @classmethod
    def cloudformation_name_type(cls) -> str:
        """Name the property that holds the name."""
        return cls.name_property

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """Take any attribute; reading one that is not there fails."""
        del attr
        return True

    def get_cfn_attribute(self, name: str) -> str:
        """Return what `Fn::GetAtt` gives."""
        if name not in self._attributes:
            raise NotImplementedError(f"the attribute {name} of {type(self).__name__}")
        return self._attributes[name]

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **_: Any
    ) -> Any:
        """Make the resource that a template declares."""
        wanted = _wanted(cls.operation, cloudformation_json["Properties"])
        wanted.setdefault(cls.name_property, resource_name)
        with LOCK:
            return cls._make(_backend(account_id, region_name), wanted)

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
    ) -> Any:
        """Change the resource as a template now declares it."""
        del new_resource_name
        wanted = _wanted(cls.operation, cloudformation_json["Properties"])
        with LOCK:
            original_resource._change(_backend(account_id, region_name), wanted)
        return original_resource

    def delete(self, account_id: str, region_name: str) -> None:
        """Remove the resource with its stack."""
        with LOCK:
            self._remove(_backend(account_id, region_name))

    @classmethod
    def _make(cls, backend: DMSBackend, wanted: dict[str, Any]) -> Any:
        raise NotImplementedError

    def _change(self, backend: DMSBackend, wanted: Mapping[str, Any]) -> None:
        del backend, wanted
        raise NotImplementedError(f"updates of {self.physical_resource_id} by CloudFormation")

    def _remove(self, backend: DMSBackend) -> None:
        raise NotImplementedError

    def is_created(self) -> bool:
        """Say that nothing more has to be waited for."""
        return True


class Certificate(Declared, CloudFormationModel):
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


class Endpoint(Declared, CloudFormationModel):
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


class ReplicationSubnetGroup(Declared, CloudFormationModel):
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


class ReplicationInstance(Declared, CloudFormationModel):
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


class ReplicationTask(Declared, CloudFormationModel):
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


def _backend(account: str, region: str) -> DMSBackend:
    backend: Any = dms_backends[account][region]
    assert isinstance(backend, DMSBackend)  # noqa: S101 - the extension is installed
    return backend


def _wanted(operation: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return properties as the API takes them: templates may write numbers and booleans as text."""
    shape = get_service_model("dms").operation_model(operation).input_shape
    named = {RENAMED.get(name, name): value for name, value in properties.items()}
    fitted: dict[str, Any] = _fitted(shape, named)
    return fitted


CASTS: Mapping[str, Callable[[Any], Any]] = {
    "boolean": lambda value: str(value).lower() == "true",
    "integer": int,
    "string": str,
}


def _fitted(shape: Any, value: Any) -> Any:
    if shape.type_name == "structure":
        return {
            name: _fitted(shape.members[name], one) for name, one in value.items() if name in shape.members
        }
    if shape.type_name == "list":
        return [_fitted(shape.member, one) for one in value]
    return CASTS.get(shape.type_name, lambda one: one)(value)
