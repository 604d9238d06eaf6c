"""CloudFormation: types of resources that moto leaves out or makes by half, and templates that are refused."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from sandbox.patch import put

OWN_TYPES = ("athena", "bucket_policies", "firehose", "glue", "logs", "messaging")
"""The modules with types that moto leaves out; it finds their classes by itself."""


@cache
def install() -> None:
    """Let stacks make what their templates say.

    This loads moto's CloudFormation and with it all of moto, which takes seconds: it waits for the first call.
    """
    from moto.cloudformation import models as cloudformation
    from moto.cloudformation import parsing
    from moto.ec2.models.security_groups import SecurityGroup
    from moto.iam.models import Role
    from moto.kms.models import Key
    from moto.s3.models import FakeBucket

    from sandbox.cloudformation import buckets, keys, models, networks, roles, templates

    for name in OWN_TYPES:
        import_module(f"sandbox.cloudformation.{name}")
    put(cloudformation.cloudformation_backends, backend=models.CloudFormationBackend)
    put(
        parsing,
        resource_class_from_type=templates.resource_class,
        parse_and_update_resource=templates.update,
    )
    put(cloudformation.Stack, parse_template=staticmethod(templates.parse))
    put(parsing.ResourceMap, load_parameters=templates.load_parameters, delete=templates.delete)
    put(
        FakeBucket,
        create_from_cloudformation_json=staticmethod(buckets.create),
        update_from_cloudformation_json=staticmethod(buckets.update),
        delete_from_cloudformation_json=staticmethod(buckets.delete),
    )
    put(Key, create_from_cloudformation_json=staticmethod(keys.create))
    put(
        Role,
        create_from_cloudformation_json=staticmethod(roles.create),
        delete_from_cloudformation_json=staticmethod(roles.delete),
    )
    put(SecurityGroup, create_from_cloudformation_json=staticmethod(networks.create_security_group))
