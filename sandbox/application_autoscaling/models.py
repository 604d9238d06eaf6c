"""moto's Application Auto Scaling with AWS's rules for clusters: what exists, and what goes with a target."""

from __future__ import annotations

from typing import Any

from moto.applicationautoscaling.exceptions import AWSValidationException
from moto.applicationautoscaling.models import (
    ApplicationAutoscalingBackend,
    FakeApplicationAutoscalingPolicy,
    FakeScalableTarget,
)
from moto.core.exceptions import JsonRESTError
from moto.rds.models import rds_backends

from sandbox.transitions import LOCK, scheduler

RDS = "rds"
SERVICE_ROLE = (
    "arn:aws:iam::{account}:role/aws-service-role/rds.application-autoscaling.amazonaws.com/"
    "AWSServiceRoleForApplicationAutoScaling_RDSCluster"
)


class ObjectNotFound(JsonRESTError):
    """No such target or policy."""

    def __init__(self, message: str) -> None:
        super().__init__("ObjectNotFoundException", message)


class AutoScalingBackend(ApplicationAutoscalingBackend):
    """The scalable targets of one account in one Region."""

    def register_scalable_target(
        self, namespace: str, r_id: str, dimension: str, *args: Any, **options: Any
    ) -> FakeScalableTarget:
        """Register or change a target; a new one of RDS must be a cluster that bears the name now."""
        known = self._scalable_target_exists(r_id, dimension)
        if namespace == RDS and not known:
            self._check_cluster(r_id)
            if options.get("min_capacity") is None or options.get("max_capacity") is None:
                raise AWSValidationException("Both MinCapacity and MaxCapacity are required for a new target")
        target = super().register_scalable_target(namespace, r_id, dimension, *args, **options)
        if namespace == RDS and not target.role_arn:
            target.role_arn = SERVICE_ROLE.format(account=self.account_id)
        if target.suspended_state is None:
            target.suspended_state = dict.fromkeys(
                ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended"),
                False,
            )
        return target

    def deregister_scalable_target(self, namespace: str, r_id: str, dimension: str) -> None:
        """Forget a target with its policies and scheduled actions."""
        if not self._scalable_target_exists(r_id, dimension):
            raise ObjectNotFound(_missing("scalable target", namespace, r_id, dimension))
        super().deregister_scalable_target(namespace, r_id, dimension)
        self.policies = {
            key: policy
            for key, policy in self.policies.items()
            if (policy.resource_id, policy.scalable_dimension) != (r_id, dimension)
        }
        self.scheduled_actions = [
            action
            for action in self.scheduled_actions
            if (action.resource_id, action.scalable_dimension) != (r_id, dimension)
        ]

    def put_scaling_policy(self, *args: Any, **options: Any) -> FakeApplicationAutoscalingPolicy:
        """Set a policy of a registered target."""
        namespace, target = options["service_namespace"], options["resource_id"]
        dimension = options["scalable_dimension"]
        if not self._scalable_target_exists(target, dimension):
            raise ObjectNotFound(_missing("scalable target", namespace, target, dimension))
        return super().put_scaling_policy(*args, **options)

    def delete_scaling_policy(
        self, policy_name: str, service_namespace: str, resource_id: str, scalable_dimension: str
    ) -> None:
        """Delete a policy."""
        key = FakeApplicationAutoscalingPolicy.formulate_key(
            service_namespace, resource_id, scalable_dimension, policy_name
        )
        if key not in self.policies:
            raise ObjectNotFound(
                _missing("scaling policy", service_namespace, resource_id, scalable_dimension)
                + f", policy name: {policy_name}"
            )
        super().delete_scaling_policy(policy_name, service_namespace, resource_id, scalable_dimension)

    def _check_cluster(self, resource_id: str) -> None:
        kind, _, name = resource_id.partition(":")
        backend: Any = rds_backends[self.account_id][self.region_name]
        with LOCK:
            scheduler.tick()
            if kind != "cluster" or name not in backend.clusters:
                raise AWSValidationException(f"DB cluster does not exist: {resource_id}")


def _missing(what: str, namespace: str, resource_id: str, dimension: str) -> str:
    return (
        f"No {what} found for service namespace: {namespace}, resource ID: {resource_id}, scalable "
        f"dimension: {dimension}"
    )
