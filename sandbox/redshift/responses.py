"""Answers of Redshift."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import cast

from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import ActionResult
from moto.redshift.exceptions import InvalidParameterValueError
from moto.redshift.models import redshift_backends
from moto.redshift.responses import RedshiftResponse as MotoResponse

from sandbox import identity
from sandbox.identity import Caller
from sandbox.redshift import users
from sandbox.redshift.models import RedshiftBackend
from sandbox.transitions import LOCK, now, scheduler

SHORTEST, LONGEST = 900, 3600
"""Seconds for which temporary credentials can be had."""


class RedshiftResponse(MotoResponse):
    """One request, one at a time, on a state that has caught up with the clock."""

    RESPONSE_KEY_PATH_TO_TRANSFORMER = {}  # noqa: RUF012 -- as moto declares it: nothing is shown otherwise

    @property
    def redshift_backend(self) -> RedshiftBackend:
        """The backend of the caller's account in the Region asked."""
        return cast(RedshiftBackend, redshift_backends[self.current_account][self.region])

    def call_action(self) -> TYPE_RESPONSE:
        """Answer the call."""
        with LOCK:
            scheduler.tick()
            return super().call_action()

    def create_cluster(self) -> ActionResult:
        """https://docs.aws.amazon.com/redshift/latest/APIReference/API_CreateCluster.html."""
        answer = super().create_cluster()
        cluster = self.redshift_backend.cluster(self._get_param("ClusterIdentifier"))
        cluster.default_iam_role_arn = self._get_param("DefaultIamRoleArn")
        return answer

    def modify_cluster_iam_roles(self) -> ActionResult:
        """https://docs.aws.amazon.com/redshift/latest/APIReference/API_ModifyClusterIamRoles.html."""
        cluster = self.redshift_backend.modify_cluster_iam_roles(
            self._get_param("ClusterIdentifier"),
            self._get_param("AddIamRoles", []),
            self._get_param("RemoveIamRoles", []),
            self._get_param("DefaultIamRoleArn"),
        )
        return ActionResult({"Cluster": cluster})

    def get_cluster_credentials_with_iam(self) -> ActionResult:
        """https://docs.aws.amazon.com/redshift/latest/APIReference/API_GetClusterCredentialsWithIAM.html."""
        seconds = self._get_int_param("DurationSeconds", SHORTEST)
        if not SHORTEST <= seconds <= LONGEST:
            raise InvalidParameterValueError(
                f"Token duration must be between {SHORTEST} and {LONGEST} seconds"
            )
        self.redshift_backend.cluster(self._get_param("ClusterIdentifier"))
        caller = Caller(self.current_account, identity.current.get().arn)
        return ActionResult(
            {
                "DbUser": users.of(caller),
                "DbPassword": secrets.token_urlsafe(24),
                "Expiration": now() + timedelta(seconds=seconds),
                "NextRefreshTime": now() + timedelta(seconds=seconds / 2),
            }
        )
