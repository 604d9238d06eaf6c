"""AWS::S3::BucketPolicy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from moto.core.common_models import CloudFormationModel
from moto.s3.models import s3_backends

from sandbox.cloudformation.declared import Declared


class BucketPolicy(Declared, CloudFormationModel):
    """The policy of a bucket; `Ref` gives the bucket's name."""

    name_property = ""

    @staticmethod
    def cloudformation_type() -> str:
        """Name the type in templates."""
        return "AWS::S3::BucketPolicy"

    @classmethod
    def _wanted(cls, properties: Mapping[str, Any]) -> dict[str, Any]:
        return dict(properties)

    @classmethod
    def _backend(cls, account: str, region: str) -> Any:
        del region
        return s3_backends[account]["aws"]

    @classmethod
    def _make(cls, backend: Any, wanted: dict[str, Any]) -> BucketPolicy:
        made = cls(wanted["Bucket"])
        made._change(backend, wanted)
        return made

    def _change(self, backend: Any, wanted: Mapping[str, Any]) -> None:
        document = json.dumps(wanted["PolicyDocument"]).encode()
        backend.put_bucket_policy(self.physical_resource_id, document)

    def _remove(self, backend: Any) -> None:
        backend.delete_bucket_policy(self.physical_resource_id)
