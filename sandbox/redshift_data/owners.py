"""Whose a statement or session is: a role's with all its sessions, a user's, or an account's."""

from __future__ import annotations

from moto.iam.models import iam_backends

from sandbox.identity import Caller
from sandbox.policy import ASSUMED_ROLE


def owner(caller: Caller) -> str:
    """Return what all sessions of a role have in common; for others who they are."""
    if session := ASSUMED_ROLE.match(caller.arn or ""):
        return "arn:{partition}:iam::{account}:role/{role}".format(**session.groupdict())
    return caller.arn or f"arn:aws:iam::{caller.account}:root"


def user_id(caller: Caller) -> str:
    """Return the value of aws:userid, which differs from session to session of a role.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    session = ASSUMED_ROLE.match(caller.arn or "")
    if session is None:
        return caller.account
    known = iam_backends[caller.account]["aws"].roles.values()
    role_id = next((role.id for role in known if role.name == session["role"]), session["role"])
    return f"{role_id}:{(caller.arn or '').rpartition('/')[2]}"
