"""AWS::KinesisFirehose::DeliveryStream."""

from __future__ import annotations

from typing import Any

from moto.core.common_models import CloudFormationModel
from moto.firehose.models import firehose_backends

from sandbox.cloudformation.declared import Declared

DESTINATIONS = (
    "s3_destination_configuration",
    "redshift_destination_configuration",
    "elasticsearch_destination_configuration",
    "splunk_destination_configuration",
    "http_endpoint_destination_configuration",
    "snowflake_destination_configuration",
    "iceberg_destination_configuration",
)
"""The destinations that the sandbox does not deliver to, as moto's call has them."""


class DeliveryStream(Declared, CloudFormationModel):
    """A delivery stream into S3; `Ref` gives its name."""

    service = "firehose"
    operation = "CreateDeliveryStream"
    name_property = "DeliveryStreamName"

    @staticmethod
    def cloudformation_type() -> str:
        """Name the type in templates."""
        return "AWS::KinesisFirehose::DeliveryStream"

    @classmethod
    def _backend(cls, account: str, region: str) -> Any:
        return firehose_backends[account][region]

    @classmethod
    def _make(cls, backend: Any, wanted: dict[str, Any]) -> DeliveryStream:
        if "ExtendedS3DestinationConfiguration" not in wanted:
            raise NotImplementedError(
                "delivery streams in templates to anywhere but S3, in its extended form"
            )
        stream = wanted["DeliveryStreamName"]
        arn = backend.create_delivery_stream(
            region=backend.region_name,
            delivery_stream_name=stream,
            delivery_stream_type=wanted.get("DeliveryStreamType", "DirectPut"),
            kinesis_stream_source_configuration={},
            delivery_stream_encryption_configuration_input=wanted.get(
                "DeliveryStreamEncryptionConfigurationInput", {}
            ),
            extended_s3_destination_configuration=wanted["ExtendedS3DestinationConfiguration"],
            tags=wanted.get("Tags", []),
            **{name: {} for name in DESTINATIONS},
        )
        return cls(stream, {"Arn": arn})

    def _remove(self, backend: Any) -> None:
        backend.delete_delivery_stream(self.physical_resource_id)
